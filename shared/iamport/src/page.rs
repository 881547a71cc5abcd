//! One page of a longer list, and a walk through all pages.

use std::future::Future;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;

use crate::{Error, Row, lenient};

/// One page of a list. Pages count from 1.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<T> {
    /// The number of rows on all pages.
    pub total: u64,
    /// The page before this one.
    pub previous: Option<u32>,
    /// The page after this one.
    pub next: Option<u32>,
    /// The rows of this page; one that cannot be read does not affect the others.
    pub list: Vec<Row<T>>,
}

impl<T: DeserializeOwned> Page<T> {
    /// Reads a paged object or a plain array: the schema has the latter, known clients the former.
    pub(crate) fn read(value: Value) -> Result<Self, serde_json::Error> {
        match value {
            Value::Object(mut fields) => {
                // An object without this key is something else, not a page with no rows.
                let list = fields
                    .remove("list")
                    .ok_or_else(|| serde_json::Error::custom("a page has no list"))?;
                let mut take = |key| fields.remove(key).unwrap_or(Value::Null);
                let page = |value| lenient::as_number(&value).filter(|page| *page > 0);
                let (previous, next) = (page(take("previous")), page(take("next")));
                let total = lenient::as_whole(&take("total"));
                let list = lenient::rows(list)?;
                Ok(Self { total: total.unwrap_or(rows_in(&list)), previous, next, list })
            }
            Value::Array(_) => {
                let list = lenient::rows(value)?;
                Ok(Self { total: rows_in(&list), previous: None, next: None, list })
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(serde_json::Error::custom("a page is neither an object nor a list"))
            }
        }
    }
}

/// One object, also if it comes as a list of one.
pub(crate) fn one<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    let wrapped = value.as_array().is_some_and(|rows| rows.len() == 1);
    lenient::object(if wrapped { value.get(0).cloned().unwrap_or_default() } else { value })
}

/// A list, also if it comes paged.
pub(crate) fn list<T: DeserializeOwned>(value: Value) -> Result<Vec<Row<T>>, serde_json::Error> {
    Page::read(value).map(|page| page.list)
}

fn rows_in<T>(list: &[T]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}

/// Every row from page `first` on. A page is fetched once the one before is used up.
pub(crate) fn all<T, F, Fut>(first: u32, fetch: F) -> BoxStream<'static, Result<Row<T>, Error>>
where
    T: Send + 'static,
    F: Fn(u32) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Page<T>, Error>> + Send + 'static,
{
    stream::try_unfold(Some(first), move |page| {
        let fetching = page.map(|page| (page, fetch(page)));
        async move {
            let Some((page, fetching)) = fetching else { return Ok::<_, Error>(None) };
            let got = fetching.await?;
            // A `next` that does not move on would make this loop forever.
            let next = got.next.filter(|next| *next > page);
            Ok(Some((stream::iter(got.list.into_iter().map(Ok)), next)))
        }
    })
    .try_flatten()
    .boxed()
}
