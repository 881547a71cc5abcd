//! Keys as text: times that sort, shards that stay, cursors that are checked.

use crate::Error;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use billing::{Decline, ForeignKey, ImpUid, MerchantUid, Uid, kst_date};
use jiff::{Timestamp, civil::Date};
use std::str::FromStr;

/// How many partitions the index of what is due is spread over.
///
/// A change needs every stored subscription to be written again, for rows keep the shard they got.
pub const SHARDS: u8 = 8;

/// The member's partition in the index of what is due, below [`SHARDS`]. It never changes: the uid's digest
/// modulo [`SHARDS`].
pub fn shard(uid: &Uid) -> u8 {
    let shard = uid.digest().checked_rem(u64::from(SHARDS));
    shard.and_then(|shard| u8::try_from(shard).ok()).unwrap_or_default()
}

/// A time as a sort key: `2026-11-22T03:00:15Z`, of fixed width so that text sorts as time does, cut to the
/// second so that nothing is due late. Times before 1970 do not occur and count as its first second.
pub(crate) fn second(at: Timestamp) -> String {
    at.max(Timestamp::UNIX_EPOCH).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The time in a sort key, if it is spelt as [`second`] spells it.
pub(crate) fn parse_second(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    (second(at) == text).then_some(at)
}

/// A payment's sort key: its second, then Iamport's id so that two in one second both fit.
pub(crate) fn payment_key(paid_at: Timestamp, imp_uid: &ImpUid) -> String {
    format!("{}#{imp_uid}", second(paid_at))
}

/// A journal entry's sort key: its second, then its id so that all of one second fit.
pub(crate) fn entry_key(at: Timestamp, id: &str) -> String {
    format!("{}#{id}", second(at))
}

/// The key under which declines of one kind and hour are counted: `declines-2026-11-22T12-<kind>`, the hour in
/// Korea. No order's id begins so.
pub(crate) fn declines(decline: &Decline) -> String {
    let hour = decline.at.to_zoned(billing::SEOUL);
    format!("declines-{}-{:016x}", hour.strftime("%Y-%m-%dT%H"), decline.kind())
}

/// How many partitions a month of the journal is spread over in its index.
pub(crate) const MONTH_SHARDS: u8 = 4;

/// A partition of the journal's index: the month in Korea, and a part of the members, below [`MONTH_SHARDS`]: `2026-11#3`.
pub(crate) fn month(at: Timestamp, shard: u8) -> String {
    format!("{}#{shard}", kst_date(at).strftime("%Y-%m"))
}

/// The partition that a member's entries of that time are in.
pub(crate) fn month_of(at: Timestamp, uid: &Uid) -> String {
    month(at, shard(uid).checked_rem(MONTH_SHARDS).unwrap_or_default())
}

/// A text that a client can hand back to go on after this key.
pub(crate) fn cursor(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The payment's sort key in a cursor.
pub(crate) fn payment_cursor(cursor: &str) -> Result<String, Error> {
    let (at, imp_uid) = parts::<ImpUid>(cursor)?;
    Ok(payment_key(at, &imp_uid))
}

/// The sort key in a cursor of a member's journal.
pub(crate) fn entry_cursor(cursor: &str) -> Result<String, Error> {
    let (at, id) = parts::<EntryId>(cursor)?;
    Ok(entry_key(at, &id.0))
}

/// The id of an entry as a cursor may spell it: what a row's key can hold.
struct EntryId(String);

impl FromStr for EntryId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if (1..=128).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(()) }
    }
}

/// The sort key and the member in a cursor of a list across members.
pub(crate) fn waiting_cursor(cursor: &str) -> Result<(String, Uid), Error> {
    let (at, uid) = parts::<Uid>(cursor)?;
    Ok((second(at), uid))
}

/// The sort key in a cursor of a book, as text: a second, and after it an id unless it is a month's first.
pub(crate) fn place(cursor: &str) -> Result<String, Error> {
    if let Ok((at, id)) = parts::<EntryId>(cursor) {
        return Ok(entry_key(at, &id.0));
    }
    let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|key| String::from_utf8(key).ok());
    key.filter(|key| parse_second(key).is_some()).ok_or(Error::BadCursor)
}

/// The time and the id in a cursor, taken only when they are spelt as [`cursor`]'s callers spell them.
fn parts<Id: FromStr>(cursor: &str) -> Result<(Timestamp, Id), Error> {
    let parse = || {
        let key = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (at, id) = key.split_once('#')?;
        Some((parse_second(at)?, id.parse().ok()?))
    };
    parse().ok_or(Error::BadCursor)
}

/// The key under which it is counted how much an admin gives back on a day in Korea: `refunds-2026-11-22-<uid>`.
pub(crate) fn refunds(on: Date, by: &Uid) -> String {
    format!("refunds-{on}-{by}")
}

/// What the key of another system's order begins with: there it may be spelt like anything that is kept here.
const FOREIGN: &str = "foreign-";

/// The key of an order.
pub(crate) fn order(id: &MerchantUid) -> String {
    if let MerchantUid::Foreign(_) = id { format!("{FOREIGN}{id}") } else { id.to_string() }
}

/// The order that has this key.
pub(crate) fn order_of(key: &str) -> Option<MerchantUid> {
    match key.strip_prefix(FOREIGN) {
        Some(id) => id.parse().ok().map(MerchantUid::Foreign),
        None => key.parse().ok(),
    }
}

/// The key under which it is stored whose billing key one of another system's is: `key-<customer_uid>`.
pub(crate) fn claim(key: &ForeignKey) -> String {
    format!("key-{key}")
}

/// The key of a run: `run-2026-11-22` of a night, `run-<id>` of an admin. No order's id begins so.
pub(crate) fn run(id: &str) -> String {
    format!("run-{id}")
}
