//! Who looked at whom at the desk: rows of what is kept, by month, which go by themselves after two years.

use crate::{
    Error, Ledger,
    keys::entry_key,
    rows::number,
    schema::{self, Row},
};
use aws_sdk_dynamodb::types::AttributeValue;
use billing::{Uid, kst_date};
use jiff::{SignedDuration, Timestamp};

/// So long each is kept: two years (개인정보의 안전성 확보조치 기준 제8조).
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 731);

/// An answer that showed members to somebody at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look<'a> {
    /// To whom.
    pub by: &'a Uid,
    /// When.
    pub at: Timestamp,
    /// Its id.
    pub id: &'a str,
    /// What showed them.
    pub page: &'a str,
    /// Whom, each by what stands for them in logs: a row outlives its member's erasure.
    pub whose: Vec<String>,
}

impl Ledger {
    /// Notes who was shown to whom, in the month in Korea.
    pub async fn note_look(&self, look: Look<'_>) -> Result<(), Error> {
        let text = |text: String| AttributeValue::S(text);
        let month = kst_date(look.at).strftime("looks-%Y-%m").to_string();
        let until = look.at.saturating_add(KEPT).unwrap_or(Timestamp::MAX).as_second();
        let row = Row::from([
            (schema::SUBSCRIPTION.to_owned(), text(month)),
            (schema::RECORD.to_owned(), text(entry_key(look.at, look.id))),
            (schema::DELETE_AT.to_owned(), number(u64::try_from(until).unwrap_or_default())),
            ("by".to_owned(), text(look.by.to_string())),
            ("page".to_owned(), text(look.page.to_owned())),
            ("whose".to_owned(), AttributeValue::L(look.whose.into_iter().map(text).collect())),
        ]);
        self.client.put_item().table_name(&self.tables.retained).set_item(Some(row)).send().await?;
        Ok(())
    }
}
