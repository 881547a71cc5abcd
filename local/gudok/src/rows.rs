//! The file: one member a row, or the payments of another system, of which the last of each member counts.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The columns, by our names. Those of the first line are needed.
pub(crate) const COLUMNS: [&str; 12] = [
    "uid",
    "email",
    "customer_uid",
    "plan",
    "price",
    "next_payment_date",
    "anchor_day",
    "agreed_at",
    "terms_version",
    "cancelled_at",
    "access_until",
    "state",
];

/// In what form the members come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table with a line of names, one member a row.
    Csv,
    /// An array of objects, payments of members: the last of each `uid` counts.
    Json,
}

/// Which of the file's names stands for each of ours; `=text` is the same for all. Ours stand for themselves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Mapping(BTreeMap<String, String>);

/// Why the file as a whole cannot be read. Nothing was asked of anybody.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not a table.
    #[error("the file is no CSV: {0}")]
    Csv(#[from] csv::Error),
    /// Not an array of objects.
    #[error("the file is no array of objects: {0}")]
    Json(#[from] serde_json::Error),
    /// A column that is needed is in no row.
    #[error("no row has the column {0:?}; name what stands for it with --mapping")]
    NoColumn(String),
    /// The mapping names what is no column of ours.
    #[error("the mapping names {0:?}, which is no column; there are: {columns}", columns = COLUMNS.join(", "))]
    NotAColumn(String),
}

/// A row as it was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its line in a CSV; in an array its place, from 1.
    pub line: u64,
    /// The member's uid or e-mail address, as it stands there.
    pub who: String,
    /// The member, or what is wrong with the row.
    pub row: Result<Row, Wrong>,
}

/// What another system says of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Firebase's uid; empty where the e-mail address says who it is.
    pub uid: String,
    /// The e-mail address, where there is one.
    pub email: Option<String>,
    /// The billing key's name.
    pub customer_uid: billing::ForeignKey,
    /// The plan here.
    pub plan: billing::PlanId,
    /// The monthly price, in won.
    pub price: billing::Won,
    /// The date of the next payment; for whoever has cancelled the last day of access.
    pub next_payment_date: Date,
    /// The day of the month on which payments fall.
    pub anchor_day: i8,
    /// When the terms were agreed to.
    pub agreed_at: Timestamp,
    /// Which.
    pub terms_version: String,
    /// Whether the member has cancelled.
    pub is_cancelled: bool,
    /// When, where the file says more than that.
    pub cancelled_at: Option<Timestamp>,
}

/// A value that a row cannot have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The column, by our name.
    pub column: &'static str,
    /// What stands there.
    pub value: String,
}

type Fields = BTreeMap<String, String>;

/// The names of the columns, and the rows by their lines.
type Table = (BTreeSet<String>, Vec<(u64, Fields)>);

/// Reads the file. A row that is wrong spoils no other.
///
/// # Errors
/// When the file is none of that form, or lacks a column that is needed.
pub fn read(text: &str, format: Format, mapping: &Mapping) -> Result<Vec<Read>, ReadError> {
    let columns: BTreeSet<&str> = COLUMNS.into();
    if let Some(name) = mapping.0.keys().find(|name| !columns.contains(name.as_str())) {
        return Err(ReadError::NotAColumn(name.clone()));
    }
    let (names, rows) = match format {
        Format::Csv => table(text)?,
        Format::Json => array(text, mapping)?,
    };
    let there =
        |column: &str| mapping.constant(column).is_some() || names.contains(mapping.name(column));
    let needed = ["customer_uid", "plan", "price", "agreed_at", "terms_version"];
    let missing = needed.into_iter().find(|column| !there(column) && !rows.is_empty());
    let who = there("uid") || there("email");
    let until = there("next_payment_date") || there("access_until");
    let missing = missing
        .or((!who && !rows.is_empty()).then_some("uid"))
        .or((!until && !rows.is_empty()).then_some("next_payment_date"));
    if let Some(column) = missing {
        return Err(ReadError::NoColumn(mapping.name(column).to_owned()));
    }
    Ok(rows.into_iter().map(|(line, fields)| mapping.row(line, &fields)).collect())
}

/// The names of the columns, and the rows by their lines.
fn table(text: &str) -> Result<Table, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let fields = names.iter().zip(&record).filter(|(_, value)| !value.is_empty());
        rows.push((
            line,
            fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        ));
    }
    Ok((names.iter().map(str::to_owned).collect(), rows))
}

/// The names that occur, and the last row of each uid, in the order in which members first appear.
fn array(text: &str, mapping: &Mapping) -> Result<Table, ReadError> {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(text)?;
    let mut of: BTreeMap<String, usize> = BTreeMap::new();
    let mut last: Vec<(u64, Fields)> = Vec::new();
    for (place, row) in (1..).zip(rows) {
        let fields: Fields =
            row.into_iter().filter_map(|(name, it)| Some((name, said(it)?))).collect();
        let who = ["uid", "email"].into_iter().find_map(|it| mapping.value(it, &fields));
        let who = who.unwrap_or_default();
        if let Some(earlier) = of.get(&who).and_then(|at| last.get_mut(*at)) {
            *earlier = (place, fields);
        } else {
            of.insert(who, last.len());
            last.push((place, fields));
        }
    }
    let names = last.iter().flat_map(|(_, fields)| fields.keys().cloned()).collect();
    Ok((names, last))
}

/// A value as text; nothing for what says nothing.
fn said(value: Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Bool(true) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

impl Mapping {
    fn name<'a>(&'a self, column: &'a str) -> &'a str {
        self.0.get(column).map_or(column, String::as_str)
    }

    /// What stands for all.
    fn constant(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.strip_prefix('=')
    }

    fn value(&self, column: &str, fields: &Fields) -> Option<String> {
        match self.constant(column) {
            Some(constant) => Some(constant.to_owned()),
            None => fields.get(self.name(column)).cloned(),
        }
    }

    fn row(&self, line: u64, fields: &Fields) -> Read {
        let value = |column| self.value(column, fields);
        let who = value("uid").or_else(|| value("email")).unwrap_or_default();
        Read { line, who, row: row(value) }
    }
}

fn row(value: impl Fn(&'static str) -> Option<String>) -> Result<Row, Wrong> {
    let needed =
        |column: &'static str| value(column).ok_or_else(|| Wrong { column, value: String::new() });
    let wrong = |column: &'static str| Wrong { column, value: value(column).unwrap_or_default() };
    let (uid, email) = (value("uid"), value("email"));
    if uid.is_none() && email.is_none() {
        return Err(wrong("uid"));
    }
    let cancelled = value("cancelled_at");
    let until = if cancelled.is_some() && value("access_until").is_some() {
        "access_until"
    } else {
        "next_payment_date"
    };
    let next_payment_date = date(&needed(until)?).ok_or_else(|| wrong(until))?;
    let anchor_day = match value("anchor_day") {
        Some(day) => day.parse().ok().filter(|day| (1..=31).contains(day)),
        None => Some(next_payment_date.day()),
    };
    Ok(Row {
        uid: uid.unwrap_or_default(),
        email,
        customer_uid: needed("customer_uid")?.parse().map_err(|_| wrong("customer_uid"))?,
        plan: needed("plan")?.parse().map_err(|_| wrong("plan"))?,
        price: won(&needed("price")?).ok_or_else(|| wrong("price"))?,
        next_payment_date,
        anchor_day: anchor_day.ok_or_else(|| wrong("anchor_day"))?,
        agreed_at: moment(&needed("agreed_at")?).ok_or_else(|| wrong("agreed_at"))?,
        terms_version: needed("terms_version")?,
        is_cancelled: cancelled.is_some(),
        cancelled_at: cancelled
            .filter(|at| at != "true")
            .map(|at| moment(&at).ok_or_else(|| wrong("cancelled_at")))
            .transpose()?,
    })
}

/// `9900`, `9,900`, `9900원`, `₩9,900`.
fn won(text: &str) -> Option<billing::Won> {
    let digits = text.trim_start_matches('₩').trim_end_matches('원').replace(',', "");
    digits.parse().ok().filter(|won| *won > 0).map(billing::Won::new)
}

/// A date in Korea: `2026-12-31`, or of a moment.
fn date(text: &str) -> Option<Date> {
    let alone = || text.replace(['.', '/'], "-").parse::<Date>().ok();
    if text.len() <= 10 { alone() } else { moment(text).map(billing::kst_date) }
}

/// A moment: with a zone as it says, without one in Korea, a number of seconds or milliseconds, or a date's beginning.
fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return if number > 100_000_000_000 {
            Timestamp::from_millisecond(number).ok()
        } else {
            Timestamp::from_second(number).ok()
        };
    }
    let local = || {
        let time: DateTime = text.parse().ok()?;
        Some(time.to_zoned(billing::SEOUL).ok()?.timestamp())
    };
    let day = || date(text).filter(|_| text.len() <= 10).map(billing::start_of_day);
    text.parse().ok().or_else(local).or_else(day)
}

#[cfg(test)]
mod tests {
    use super::{Format, Mapping, Row, Wrong, date, moment, read, won};
    use billing::Won;

    const NAMES: &str = "uid,email,customer_uid,plan,price,next_payment_date,anchor_day,agreed_at,terms_version,cancelled_at,access_until";

    fn one(row: &str) -> Result<Row, Wrong> {
        let file = format!("\u{feff}{NAMES}\r\n{row}\r\n");
        let mut rows = read(&file, Format::Csv, &Mapping::default()).unwrap();
        assert_eq!(rows.len(), 1);
        rows.remove(0).row
    }

    fn wrong(row: &str) -> (&'static str, String) {
        let wrong = one(row).unwrap_err();
        (wrong.column, wrong.value)
    }

    #[test]
    fn a_price_and_a_date_are_read_as_people_write_them() {
        for text in ["9900", "9,900", "9900원", "₩9,900"] {
            assert_eq!(won(text), Some(Won::new(9_900)), "{text}");
        }
        for text in ["0", "-9900", "9.9", "nine", "", "99 00"] {
            assert_eq!(won(text), None, "{text}");
        }
        let day = Some("2026-12-31".parse().unwrap());
        for text in [
            "2026-12-31",
            "2026.12.31",
            "2026/12/31",
            "2026-12-31T08:00:00",
            "2026-12-30T23:00:00Z",
        ] {
            assert_eq!(date(text), day, "{text}");
        }
        assert_eq!(date("2026-02-30"), None);
        let at = Some("2026-12-30T23:00:00Z".parse().unwrap());
        for text in
            ["2026-12-31T08:00:00", "2026-12-31T08:00:00+09:00", "1798671600", "1798671600000"]
        {
            assert_eq!(moment(text), at, "{text}");
        }
    }

    #[test]
    fn a_row_without_an_anchor_day_falls_on_that_of_its_date_and_one_cancelled_ends_with_its_access()
     {
        let row = one("minji,,user_1,monthly,9900,2026-12-31,,2026-01-31,old-1,,").unwrap();
        assert_eq!((row.anchor_day, row.cancelled_at), (31, None));
        let row =
            one("minji,,user_1,monthly,9900,2026-12-31,31,2026-01-31,old-1,2026-12-01,2026-12-24")
                .unwrap();
        assert_eq!(row.next_payment_date, "2026-12-24".parse().unwrap());
        assert!(row.cancelled_at.is_some());
    }

    #[test]
    fn a_value_that_a_column_cannot_have_is_told_with_its_column() {
        let cases = [
            (",,user_1,monthly,9900,2026-12-31,,2026-01-31,old-1,,", "uid", ""),
            ("minji,,,monthly,9900,2026-12-31,,2026-01-31,old-1,,", "customer_uid", ""),
            ("minji,,사용자,monthly,9900,2026-12-31,,2026-01-31,old-1,,", "customer_uid", "사용자"),
            ("minji,,user_1,Monthly!,9900,2026-12-31,,2026-01-31,old-1,,", "plan", "Monthly!"),
            ("minji,,user_1,monthly,free,2026-12-31,,2026-01-31,old-1,,", "price", "free"),
            (
                "minji,,user_1,monthly,9900,2026-02-30,,2026-01-31,old-1,,",
                "next_payment_date",
                "2026-02-30",
            ),
            ("minji,,user_1,monthly,9900,2026-12-31,32,2026-01-31,old-1,,", "anchor_day", "32"),
            ("minji,,user_1,monthly,9900,2026-12-31,31,yes,old-1,,", "agreed_at", "yes"),
            ("minji,,user_1,monthly,9900,2026-12-31,31,2026-01-31,,,", "terms_version", ""),
            (
                "minji,,user_1,monthly,9900,2026-12-31,31,2026-01-31,old-1,maybe,",
                "cancelled_at",
                "maybe",
            ),
        ];
        for (row, column, value) in cases {
            assert_eq!(wrong(row), (column, value.to_owned()), "{row}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_told_as_a_whole() {
        let said = |text, format| read(text, format, &Mapping::default()).unwrap_err().to_string();
        assert!(said("uid,price\nminji\n", Format::Csv).starts_with("the file is no CSV"));
        assert!(said("{}", Format::Json).starts_with("the file is no array of objects"));
        assert!(
            said("uid,customer_uid\nminji,user_1\n", Format::Csv)
                .starts_with("no row has the column \"plan\"")
        );
        let mapping: Mapping = serde_json::from_str(r#"{"prize": "amount"}"#).unwrap();
        let told = read("[]", Format::Json, &mapping).unwrap_err().to_string();
        assert!(told.starts_with("the mapping names \"prize\", which is no column"));
        assert_eq!(read("[]", Format::Json, &Mapping::default()).unwrap().len(), 0);
    }
}
