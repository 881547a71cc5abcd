//! Lists across members, each from a sparse index, so that they cost what they find and no scan.
//!
//! An index follows its table within moments, not at once: who is listed must be read again before
//! anything is done about it.

use crate::{
    Error, Ledger, Listed, Place, SHARDS,
    keys::{cursor, parse_second, second, shard, waiting_cursor},
    ledger::page,
    rows::{number, text},
    schema::{self, Row},
};
use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, Select},
};
use billing::{State, Uid, Won};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Deserialize;
use serde_dynamo::aws_sdk_dynamodb_1::from_item;
use std::ops::Range;

/// Where to go on in the list of what is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueCursor {
    uid: String,
    due_at: String,
}

/// A member whose subscription is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Who.
    pub uid: Uid,
    /// Since when, cut to the second.
    pub due_at: Timestamp,
    /// Whether anything was ever paid.
    pub has_paid: bool,
    /// Whether it was cancelled, and access lasts.
    pub is_cancelling: bool,
    /// Until when it is paid, or given; `None` when nothing was. Of a moment ago, as all of this.
    pub paid_through: Option<Date>,
}

/// A member who asked to cancel and still has access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequest {
    /// Who.
    pub uid: Uid,
    /// When it was asked for, cut to the second.
    pub requested_at: Timestamp,
}

/// A member with something open that only a person can settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReview {
    /// Who.
    pub uid: Uid,
    /// When the oldest was opened, cut to the second.
    pub opened_at: Timestamp,
}

/// A subscription that something is yet to happen to, as the index of what is due shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Watched {
    /// Whose.
    pub uid: Uid,
    /// What it is.
    pub state: State,
    /// The monthly price agreed to.
    pub price: Won,
    /// Until when it is paid, or given by an admin to who has paid nothing; `None` when nothing was.
    pub paid_through: Option<Date>,
    /// When something is to be done next.
    pub due_at: Timestamp,
}

const TABLE: &str = "subscriptions";

/// So many pages of the index are read at once where few of its rows may be wanted. Each is a megabyte at most: some 7,000
/// members.
const PAGES: u8 = 16;

/// The states of who has access, by their names in the filter.
const MEMBERS: [(&str, &str); 3] =
    [(":active", "active"), (":past_due", "past_due"), (":cancelling", "cancelling")];

impl Ledger {
    /// Members of one shard (below [`SHARDS`]) whose subscription is due at `now` or was before, oldest
    /// first. At most `limit` (0 counts as 1); with a cursor
    /// there may be more, and the last page may be empty.
    pub async fn due(
        &self,
        now: Timestamp,
        shard: u8,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<(Listed<Due>, Option<DueCursor>), Error> {
        let query = self
            .due_index(shard)
            .key_condition_expression("#shard = :shard AND #due_at <= :now")
            .expression_attribute_names("#due_at", schema::DUE_AT)
            .expression_attribute_values(":now", AttributeValue::S(second(now)));
        due_page(query, shard, limit, after).await
    }

    /// Members of one shard who are due at those moments, cut to the second, the first first; as [`Self::due`].
    pub async fn due_in(
        &self,
        time: Range<Timestamp>,
        shard: u8,
        limit: u16,
        after: Option<&DueCursor>,
    ) -> Result<(Listed<Due>, Option<DueCursor>), Error> {
        let last = time.end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(time.end);
        let query = self
            .due_index(shard)
            .key_condition_expression("#shard = :shard AND #due_at BETWEEN :first AND :last")
            .expression_attribute_names("#due_at", schema::DUE_AT)
            .expression_attribute_values(":first", AttributeValue::S(second(time.start)))
            .expression_attribute_values(":last", AttributeValue::S(second(last)));
        due_page(query, shard, limit, after).await
    }

    /// The earliest moment at which any subscription is due, cut to the second; `None` when none is.
    pub async fn earliest_due(&self) -> Result<Option<Timestamp>, Error> {
        let first = |shard| async move {
            let page = self.due_index(shard).limit(1).send().await?;
            page.items.unwrap_or_default().first().map(due_at).transpose()
        };
        Ok(try_join_all((0..SHARDS).map(first)).await?.into_iter().flatten().min())
    }

    /// How many members there are who have access: active, past due, or cancelled and not ended yet, for each has a
    /// day on which access may end. It is what the guard against mass revocation measures by, so whoever only
    /// opened a checkout does not count. It reads the whole index of what is due, not the table.
    pub async fn count_members(&self) -> Result<u64, Error> {
        let count = |shard| async move {
            let (mut count, mut start) = (0_u64, None);
            loop {
                let query = MEMBERS.into_iter().fold(
                    self.due_index(shard)
                        .select(Select::Count)
                        .filter_expression("#state IN (:active, :past_due, :cancelling)")
                        .expression_attribute_names("#state", "state"),
                    |query, (name, state)| {
                        query.expression_attribute_values(name, AttributeValue::S(state.to_owned()))
                    },
                );
                let page = query.set_exclusive_start_key(start).send().await?;
                count = count.saturating_add(u64::try_from(page.count).unwrap_or_default());
                start = page.last_evaluated_key;
                if start.is_none() {
                    return Ok::<_, Error>(count);
                }
            }
        };
        Ok(try_join_all((0..SHARDS).map(count)).await?.into_iter().sum())
    }

    /// A page of the subscriptions of one shard that something is yet to happen to: all who have access are among them, and
    /// besides those whoever has an unfinished registration, an unsent announcement or an unfinished refund. As much as
    /// DynamoDB gives at once, some 150 bytes for each,
    /// and where the next begins.
    pub async fn watched_page(
        &self,
        shard: u8,
        after: Option<Place>,
    ) -> Result<(Listed<Watched>, Option<Place>), Error> {
        let start = after.map(|Place(key)| key);
        let page = self.due_index(shard).set_exclusive_start_key(start).send().await?;
        let mut watched = Listed::default();
        for row in page.items.unwrap_or_default() {
            watched.add(row, |row| {
                from_item(row).map_err(|source| Error::Malformed(TABLE, Box::new(source)))
            });
        }
        Ok((watched, page.last_evaluated_key.map(Place)))
    }

    /// Those of whom this is so among the subscriptions that something is yet to happen to, shard by shard and the first
    /// due first: at most `limit` (0 counts as 1), and a cursor where there may be more. It reads so much of the index at
    /// once and no more, so that a page may have few rows, or none, and a cursor. The cursor names a member: for admins
    /// only.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn watched_where(
        &self,
        limit: u16,
        after: Option<&str>,
        is_wanted: impl Fn(&Watched) -> bool,
    ) -> Result<(Listed<Watched>, Option<String>), Error> {
        let after = after.map(waiting_cursor).transpose()?;
        let (mut shard, mut place) = after.map_or((0, None), |(due_at, uid)| {
            let of = shard(&uid);
            (of, Some(Place(DueCursor { uid: uid.into(), due_at }.key(of))))
        });
        let (mut found, mut pages, limit) = (Listed::default(), 0_u8, usize::from(limit.max(1)));
        while shard < SHARDS {
            let (page, next) = self.watched_page(shard, place.take()).await?;
            found.unreadable.extend(page.unreadable);
            for member in page.rows.into_iter().filter(&is_wanted) {
                if found.rows.len() >= limit {
                    let last = found.rows.last().map(Watched::cursor);
                    return Ok((found, last));
                }
                found.rows.push(member);
            }
            pages = pages.saturating_add(1);
            match next {
                Some(next) if pages >= PAGES => {
                    let last = DueCursor::of(&next.0)?;
                    return Ok((found, Some(cursor(&format!("{}#{}", last.due_at, last.uid)))));
                }
                Some(next) => place = Some(next),
                None => shard = shard.saturating_add(1),
            }
        }
        Ok((found, None))
    }

    /// How many members have something open that only a person can settle.
    pub async fn count_reviewing(&self) -> Result<u64, Error> {
        let (mut count, mut start) = (0_u64, None);
        loop {
            let query = self
                .index(schema::REVIEWS_INDEX)
                .select(Select::Count)
                .key_condition_expression("#all = :all")
                .expression_attribute_names("#all", schema::REVIEWING)
                .expression_attribute_values(":all", number(0_u8));
            let page = query.set_exclusive_start_key(start).send().await?;
            count = count.saturating_add(u64::try_from(page.count).unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(count);
            }
        }
    }

    /// Members who asked to cancel and still have access, the longest waiting first, at most `limit` (0
    /// counts as 1), and a cursor when there are more. The cursor names a member: for admins only.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn cancelling(
        &self,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Listed<CancelRequest>, Option<String>), Error> {
        let index = (schema::CANCELLING_INDEX, schema::CANCELLING, schema::CANCEL_REQUESTED_AT);
        self.waiting(index, limit, after, |uid, at| CancelRequest { uid, requested_at: at }).await
    }

    /// Members with something open that only a person can settle, the longest waiting first, at most
    /// `limit` (0 counts as 1), and a cursor when there are more. The cursor names a member: for admins
    /// only.
    ///
    /// # Errors
    /// [`Error::BadCursor`] for a cursor that this did not make.
    pub async fn reviewing(
        &self,
        limit: u16,
        after: Option<&str>,
    ) -> Result<(Listed<OpenReview>, Option<String>), Error> {
        let index = (schema::REVIEWS_INDEX, schema::REVIEWING, schema::REVIEW_OPENED_AT);
        self.waiting(index, limit, after, |uid, at| OpenReview { uid, opened_at: at }).await
    }

    /// A page of a sparse index of one partition: who waits, and since when.
    async fn waiting<T>(
        &self,
        (index, hash, range): (&str, &str, &str),
        limit: u16,
        after: Option<&str>,
        read: impl Fn(Uid, Timestamp) -> T,
    ) -> Result<(Listed<T>, Option<String>), Error> {
        let start = after.map(waiting_cursor).transpose()?.map(|(since, uid)| {
            Row::from([
                (schema::UID.to_owned(), AttributeValue::S(uid.to_string())),
                (hash.to_owned(), number(0_u8)),
                (range.to_owned(), AttributeValue::S(since)),
            ])
        });
        let query = self
            .index(index)
            .key_condition_expression("#all = :all")
            .expression_attribute_names("#all", hash)
            .expression_attribute_values(":all", number(0_u8))
            .set_exclusive_start_key(start);
        let (rows, more) = page(query, limit).await?;
        let mut waiting = Listed::default();
        // Where the next page begins; before what cannot be read, if a page ends with it.
        let mut last = None;
        for row in rows {
            waiting.add(row, |row| {
                let (uid, since) = (uid(&row)?, text(TABLE, &row, range, parse_second)?);
                last = Some(format!("{}#{uid}", second(since)));
                Ok(read(uid, since))
            });
        }
        Ok((waiting, last.filter(|_| more).map(|last| cursor(&last))))
    }

    /// A query of one shard of the index of what is due, oldest first.
    fn due_index(&self, shard: u8) -> QueryFluentBuilder {
        self.index(schema::DUE_INDEX)
            .key_condition_expression("#shard = :shard")
            .expression_attribute_names("#shard", schema::DUE_SHARD)
            .expression_attribute_values(":shard", number(shard))
    }

    fn index(&self, name: &str) -> QueryFluentBuilder {
        let query = self.client.query().table_name(&self.tables.subscriptions);
        query.index_name(name).scan_index_forward(true)
    }
}

impl Watched {
    /// Where a list of these goes on after this one.
    fn cursor(&self) -> String {
        cursor(&format!("{}#{}", second(self.due_at), self.uid))
    }
}

impl Due {
    /// Whether access may be over, as far as the index knows: what was paid for ended before today, or an end was asked
    /// for that is due. Only the row says whether it is.
    pub fn may_be_over(&self, today: Date) -> bool {
        self.is_cancelling || self.paid_through.is_some_and(|until| until < today)
    }
}

impl DueCursor {
    /// When the last of the page is due, cut to the second; `None` if its row does not say it as it should.
    pub fn due_at(&self) -> Option<Timestamp> {
        parse_second(&self.due_at)
    }

    fn of(row: &Row) -> Result<Self, Error> {
        let raw = |key| text(TABLE, row, key, |text| Some(text.to_owned()));
        Ok(Self { uid: raw(schema::UID)?, due_at: raw(schema::DUE_AT)? })
    }

    fn key(&self, shard: u8) -> Row {
        Row::from([
            (schema::UID.to_owned(), AttributeValue::S(self.uid.clone())),
            (schema::DUE_SHARD.to_owned(), number(shard)),
            (schema::DUE_AT.to_owned(), AttributeValue::S(self.due_at.clone())),
        ])
    }
}

async fn due_page(
    query: QueryFluentBuilder,
    shard: u8,
    limit: u16,
    after: Option<&DueCursor>,
) -> Result<(Listed<Due>, Option<DueCursor>), Error> {
    let start = after.map(|after| after.key(shard));
    let page = query.limit(i32::from(limit.max(1))).set_exclusive_start_key(start).send().await?;
    let last = page.last_evaluated_key.as_ref();
    let cursor = last.map(DueCursor::of).transpose()?;
    Ok((listed_due(page.items.unwrap_or_default()), cursor))
}

fn listed_due(rows: Vec<Row>) -> Listed<Due> {
    let mut due = Listed::default();
    for row in rows {
        due.add(row, |row| {
            let state = row.get("state").and_then(|state| state.as_s().ok());
            let has_paid = state.is_none_or(|state| state != "none");
            let is_cancelling = state.is_some_and(|state| state == "cancelling");
            let paid_through = row.get("paid_through").and_then(|date| date.as_s().ok());
            let paid_through = paid_through.and_then(|date| date.parse().ok());
            let (uid, due_at) = (uid(&row)?, due_at(&row)?);
            Ok(Due { uid, due_at, has_paid, is_cancelling, paid_through })
        });
    }
    due
}

fn uid(row: &Row) -> Result<Uid, Error> {
    text(TABLE, row, schema::UID, |uid| uid.parse().ok())
}

fn due_at(row: &Row) -> Result<Timestamp, Error> {
    text(TABLE, row, schema::DUE_AT, parse_second)
}
