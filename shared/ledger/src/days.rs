//! Days in sums: rows of what is kept, under no member's name, and how far the journal is counted.

use crate::{Error, Ledger, schema};
use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem},
};
use billing::Day;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

/// The partition of all of them. No run's id is that.
const FIGURES: &str = "figures";

/// The sort key of how far it is counted; those of days are their dates.
const COUNTED: &str = "counted";

/// The sort key of what was counted of members.
const STANDING: &str = "standing";

const TABLE: &str = "retained";

/// Of what the days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// From when on; before it nothing is.
    pub since: Timestamp,
    /// Until when; what happened at that moment is counted next.
    pub until: Timestamp,
}

impl Ledger {
    /// How far the journal is counted (a consistent read); `None` if it never was.
    pub async fn counted(&self) -> Result<Option<Counted>, Error> {
        let key = [
            (schema::SUBSCRIPTION, AttributeValue::S(FIGURES.to_owned())),
            (schema::RECORD, AttributeValue::S(COUNTED.to_owned())),
        ];
        self.get(&self.tables.retained, key, read).await
    }

    /// The days from the first to the last, both among them, on which something was counted, the first first (consistent
    /// reads).
    pub async fn days(&self, first: Date, last: Date) -> Result<Vec<Day>, Error> {
        let (mut days, mut start) = (Vec::new(), None);
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.tables.retained)
                .key_condition_expression("#figures = :figures AND #date BETWEEN :first AND :last")
                .expression_attribute_names("#figures", schema::SUBSCRIPTION)
                .expression_attribute_names("#date", schema::RECORD)
                .expression_attribute_values(":figures", AttributeValue::S(FIGURES.to_owned()))
                .expression_attribute_values(":first", AttributeValue::S(first.to_string()))
                .expression_attribute_values(":last", AttributeValue::S(last.to_string()))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await?;
            for row in page.items.unwrap_or_default() {
                days.push(read(row)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(days);
            }
        }
    }

    /// What was counted of members when it was last (a consistent read); `None` if it never was.
    pub async fn standing<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        let key = [
            (schema::SUBSCRIPTION, AttributeValue::S(FIGURES.to_owned())),
            (schema::RECORD, AttributeValue::S(STANDING.to_owned())),
        ];
        self.get(&self.tables.retained, key, read).await
    }

    /// Stores what is counted of members.
    pub async fn set_standing(&self, standing: &impl Serialize) -> Result<(), Error> {
        let row = row(standing, STANDING.to_owned())?;
        self.client.put_item().table_name(&self.tables.retained).set_item(Some(row)).send().await?;
        Ok(())
    }

    /// Stores days as they are counted now, at most 99, if the journal is counted as far as it `was`. Whoever finds that
    /// another was first leaves it: nothing is counted twice. Says whether they are stored.
    pub async fn set_days(
        &self,
        was: Option<Counted>,
        counted: Counted,
        days: impl Iterator<Item = &Day>,
    ) -> Result<bool, Error> {
        let put = || Put::builder().table_name(&self.tables.retained);
        let counted = put()
            .set_item(Some(row(&counted, COUNTED.to_owned())?))
            .expression_attribute_names("#until", "until");
        let mut puts = vec![match was {
            None => counted.condition_expression("attribute_not_exists(#until)"),
            Some(was) => counted
                .condition_expression("#until = :was")
                .expression_attribute_values(":was", AttributeValue::S(was.until.to_string())),
        }];
        for day in days {
            puts.push(put().set_item(Some(row(day, day.date.to_string())?)));
        }
        let mut write = self.client.transact_write_items();
        for put in puts {
            let put = put.build().map_err(|error| Error::Malformed(TABLE, Box::new(error)))?;
            write = write.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match write.send().await {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(TransactWriteItemsError::is_transaction_canceled_exception) =>
            {
                Ok(false)
            }
            sent => Ok(sent.map(|_| true)?),
        }
    }
}

fn read<T: DeserializeOwned>(mut row: schema::Row) -> Result<T, Error> {
    row.remove(schema::SUBSCRIPTION);
    row.remove(schema::RECORD);
    from_item(row).map_err(|source| Error::Malformed(TABLE, Box::new(source)))
}

fn row(value: &impl Serialize, record: String) -> Result<schema::Row, Error> {
    let mut row: schema::Row =
        to_item(value).map_err(|source| Error::Malformed(TABLE, Box::new(source)))?;
    row.insert(schema::SUBSCRIPTION.to_owned(), AttributeValue::S(FIGURES.to_owned()));
    row.insert(schema::RECORD.to_owned(), AttributeValue::S(record));
    Ok(row)
}
