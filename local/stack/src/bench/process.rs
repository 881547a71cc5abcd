//! What a process has used, as Linux says (`man 5 proc`).

use std::fs;
use std::io::{Error, Result};
use std::time::Duration;

/// CPU time of all its threads. They are few and live as long as it does.
pub(super) fn cpu(pid: u32) -> Result<Duration> {
    let mut spent = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let said = fs::read_to_string(thread?.path().join("schedstat"))?;
        spent = spent.saturating_add(Duration::from_nanos(first(&said)?));
    }
    Ok(spent)
}

/// Memory that it holds, in bytes.
pub(super) fn resident(pid: u32) -> Result<u64> {
    status(pid, "VmRSS:")
}

/// The most memory that it ever held, in bytes.
pub(super) fn peak(pid: u32) -> Result<u64> {
    status(pid, "VmHWM:")
}

fn status(pid: u32, name: &str) -> Result<u64> {
    let said = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = said.lines().find_map(|line| line.strip_prefix(name));
    Ok(first(line.unwrap_or_default())?.saturating_mul(1_024))
}

fn first(text: &str) -> Result<u64> {
    let number = text.split_whitespace().next().and_then(|word| word.parse().ok());
    number.ok_or_else(|| Error::other("Linux says it otherwise"))
}
