//! Tables as they stand in the documents.

use std::time::Duration;

/// A table in Markdown: the first column is text, the others are numbers.
pub(super) struct Table(String);

impl Table {
    pub(super) fn of(columns: &[&str]) -> Self {
        let mut table = Self(String::new());
        table.line(&columns.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        table.0.push_str("|---|");
        for _ in columns.iter().skip(1) {
            table.0.push_str("--:|");
        }
        table.0.push('\n');
        table
    }

    pub(super) fn line(&mut self, cells: &[String]) {
        for part in ["| ", &cells.join(" | "), " |\n"] {
            self.0.push_str(part);
        }
    }

    pub(super) fn done(self) -> String {
        self.0
    }
}

pub(super) fn milliseconds(time: Duration) -> String {
    hundredths(time.as_micros().div_euclid(10))
}

/// Of so many bytes.
pub(super) fn megabytes(bytes: u64) -> String {
    hundredths(u128::from(bytes).div_euclid(10_000))
}

/// How many times the other.
pub(super) fn ratio(one: u128, other: u128) -> String {
    one.saturating_mul(100).checked_div(other).map_or_else(String::new, hundredths)
}

fn hundredths(number: u128) -> String {
    format!("{}.{:02}", number.div_euclid(100), number.rem_euclid(100))
}

/// The value below which so many hundredths of them lie.
pub(super) fn percentile(times: &mut [Duration], hundredth: usize) -> Duration {
    times.sort_unstable();
    let place = times.len().saturating_mul(hundredth).div_euclid(100);
    times.get(place.min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}
