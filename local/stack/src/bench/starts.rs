//! How the programs start.

use super::process::{cpu, resident};
use super::table::{Table, megabytes, milliseconds, ratio};
use super::{HELLO, Program};
use crate::binaries::{BinariesError, World};
use std::path::Path;
use std::time::Duration;

/// A start, until the first event is asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Start {
    took: Duration,
    cpu: Duration,
    /// Bytes.
    resident: u64,
}

/// Starts all of them so often, in turns.
pub(super) async fn table(
    world: &World,
    programs: &[Program],
    times: u32,
) -> Result<String, BinariesError> {
    let mut all: Vec<Vec<Start>> = vec![Vec::new(); programs.len()];
    for _ in 0..times {
        for (program, starts) in programs.iter().zip(&mut all) {
            starts.push(start(world, program).await?);
        }
    }
    let middle: Vec<Start> = all.iter().map(|starts| in_the_middle(starts)).collect();
    let hello = programs.iter().zip(&middle).find(|(program, _)| program.name == HELLO);
    let hello = hello.map(|(_, start)| *start).unwrap_or_default();
    let mut table = Table::of(&[
        "function",
        "start, ms",
        "of a bare function's",
        "CPU, ms",
        "of a bare function's",
        "memory, MB",
        "compressed, MB",
    ]);
    for (program, start) in programs.iter().zip(&middle) {
        let size = compressed(&program.uploaded).map_err(|error| program.failed(error))?;
        table.line(&[
            program.name.clone(),
            milliseconds(start.took),
            ratio(start.took.as_nanos(), hello.took.as_nanos()),
            milliseconds(start.cpu),
            ratio(start.cpu.as_nanos(), hello.cpu.as_nanos()),
            megabytes(start.resident),
            megabytes(size),
        ]);
    }
    Ok(table.done())
}

async fn start(world: &World, program: &Program) -> Result<Start, BinariesError> {
    let (lambda, took) = program.start(world).await?;
    let pid = lambda.pid().unwrap_or_default();
    let failed = |error| program.failed(error);
    Ok(Start { took, cpu: cpu(pid).map_err(failed)?, resident: resident(pid).map_err(failed)? })
}

/// Each figure's median.
fn in_the_middle(starts: &[Start]) -> Start {
    fn median<T: Ord + Copy + Default>(all: impl Iterator<Item = T>) -> T {
        let mut all: Vec<T> = all.collect();
        all.sort_unstable();
        all.get(all.len().div_euclid(2)).copied().unwrap_or_default()
    }
    Start {
        took: median(starts.iter().map(|start| start.took)),
        cpu: median(starts.iter().map(|start| start.cpu)),
        resident: median(starts.iter().map(|start| start.resident)),
    }
}

/// As others would download it.
fn compressed(file: &Path) -> std::io::Result<u64> {
    let made = std::process::Command::new("gzip").args(["-9", "-c"]).arg(file).output()?;
    Ok(u64::try_from(made.stdout.len()).unwrap_or(u64::MAX))
}
