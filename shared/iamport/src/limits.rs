//! The documented limits, checked before anything is sent.

use std::collections::HashSet;

use jiff::{Timestamp, ToSpan, tz};

/// A request that breaks a documented limit. It was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct InvalidRequest {
    /// The field as Iamport spells it.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field. Values are not repeated, since they may be personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It must not be empty.
    #[error("is empty")]
    Empty,
    /// It has more characters than Iamport accepts.
    #[error("has {length} characters, but at most {limit} are allowed")]
    TooLong {
        /// The most characters allowed.
        limit: usize,
        /// The characters it has.
        length: usize,
    },
    /// An id may contain only visible ASCII characters, and cannot be `.` or `..`.
    #[error("must be an id of visible ASCII characters")]
    NotAnId,
    /// The number is outside its bounds.
    #[error("must be between {least} and {most}")]
    OutOfRange {
        /// The smallest value allowed.
        least: u64,
        /// The largest value allowed.
        most: u64,
    },
    /// It has more entries than one request may have.
    #[error("has {count} entries, but at most {limit} are allowed")]
    TooMany {
        /// The most entries allowed.
        limit: usize,
        /// The entries it has.
        count: usize,
    },
    /// The same `merchant_uid` occurs twice in one request.
    #[error("occurs twice")]
    Duplicate,
    /// The time is not in the future by the client's clock.
    #[error("is not in the future")]
    NotInFuture,
    /// The window is empty, or longer than Iamport searches at once.
    #[error("must be before the end of the window, by at most {0}")]
    Window(&'static str),
    /// Instalments take an amount of at least 50,000 won.
    #[error("asks for instalments, which take at least 50,000 won")]
    InstalmentsTooSmall,
}

pub(crate) type Checked = Result<(), InvalidRequest>;

pub(crate) fn fail(field: &'static str, problem: Problem) -> Checked {
    Err(InvalidRequest { field, problem })
}

/// An id of at most `limit` visible ASCII characters. `.` and `..` would change the path they
/// become part of, and no encoding hides them from URL parsers.
pub(crate) fn id(field: &'static str, value: &str, limit: usize) -> Checked {
    text(field, value, limit)?;
    if value.is_empty() {
        return fail(field, Problem::Empty);
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) || value == "." || value == ".." {
        return fail(field, Problem::NotAnId);
    }
    Ok(())
}

pub(crate) fn imp_uid(value: &str) -> Checked {
    id("imp_uid", value, 32)
}

pub(crate) fn merchant_uid(value: &str) -> Checked {
    id("merchant_uid", value, 40)
}

pub(crate) fn customer_uid(value: &str) -> Checked {
    id("customer_uid", value, 80)
}

pub(crate) fn text(field: &'static str, value: &str, limit: usize) -> Checked {
    let length = value.chars().count();
    if length > limit { fail(field, Problem::TooLong { limit, length }) } else { Ok(()) }
}

pub(crate) fn optional(field: &'static str, value: Option<&String>, limit: usize) -> Checked {
    value.map_or(Ok(()), |value| text(field, value, limit))
}

pub(crate) fn required(field: &'static str, value: &str, limit: usize) -> Checked {
    if value.is_empty() { fail(field, Problem::Empty) } else { text(field, value, limit) }
}

pub(crate) fn amount(value: u64) -> Checked {
    between("amount", value, 1, u64::MAX)
}

pub(crate) fn between(field: &'static str, value: u64, least: u64, most: u64) -> Checked {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        fail(field, Problem::OutOfRange { least, most })
    }
}

pub(crate) fn count(field: &'static str, count: usize, limit: usize) -> Checked {
    match count {
        0 => fail(field, Problem::Empty),
        count if count > limit => fail(field, Problem::TooMany { limit, count }),
        _ => Ok(()),
    }
}

pub(crate) fn page(page: Option<u32>) -> Checked {
    page.map_or(Ok(()), |page| between("page", page.into(), 1, u32::MAX.into()))
}

pub(crate) fn limit(limit: Option<u32>) -> Checked {
    limit.map_or(Ok(()), |limit| between("limit", limit.into(), 1, 1_000))
}

pub(crate) fn distinct<'a>(field: &'static str, ids: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return fail(field, Problem::Duplicate);
        }
    }
    Ok(())
}

pub(crate) fn in_future(at: Timestamp, now: Timestamp) -> Checked {
    // Iamport counts in whole seconds, so a fraction of one is not in the future there.
    if at.as_second() > now.as_second() {
        Ok(())
    } else {
        fail("schedule_at", Problem::NotInFuture)
    }
}

/// At most three calendar months, counted in Korean dates as Iamport does.
pub(crate) fn three_months(field: &'static str, from: Timestamp, to: Timestamp) -> Checked {
    let latest = from
        .to_zoned(tz::Offset::constant(9).to_time_zone())
        .checked_add(3.months())
        .map_or(Timestamp::MAX, |latest| latest.timestamp());
    if from < to && to <= latest { Ok(()) } else { fail(field, Problem::Window("3 months")) }
}

pub(crate) fn ninety_days(field: &'static str, from: Timestamp, to: Timestamp) -> Checked {
    let latest = from.checked_add((90 * 24).hours()).unwrap_or(Timestamp::MAX);
    if from < to && to <= latest { Ok(()) } else { fail(field, Problem::Window("90 days")) }
}
