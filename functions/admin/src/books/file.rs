//! A page of a book as a part of a file: CSV that a spreadsheet opens as it is, or a JSON object a line.

use billing::SEOUL;
use jiff::{Timestamp, civil::Date};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// It is not known, or there is none.
    Nothing,
    /// Text, of whoever wrote it.
    Text(String),
    /// A number; amounts are in won.
    Number(u64),
    /// A moment, shown in Korea's time.
    Moment(Timestamp),
    /// A date in Korea.
    Date(Date),
    /// What has facts of its own.
    Facts(Value),
}

/// A column: its name for machines, and for people.
pub(crate) type Column = (&'static str, &'static str);

/// What spreadsheets take for UTF-8 instead of asking.
const BOM: &str = "\u{feff}";

/// As CSV (RFC 4180), the first part with what is written once.
///
/// # Errors
/// None: it is written to memory, and all lines have the same columns.
pub(crate) fn csv(
    columns: &[Column],
    lines: &[Vec<Cell>],
    is_first: bool,
) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(if is_first { BOM.as_bytes().to_vec() } else { Vec::new() });
    if is_first {
        writer.write_record(columns.iter().map(|(name, korean)| format!("{korean} ({name})")))?;
    }
    for line in lines {
        writer.write_record(line.iter().map(Cell::written))?;
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// As JSON, an object a line, its fields in the columns' order.
///
/// # Errors
/// None: what is written are texts and numbers.
pub(crate) fn json_lines(
    columns: &[Column],
    lines: &[Vec<Cell>],
) -> Result<String, serde_json::Error> {
    let mut written = String::new();
    for line in lines {
        written.push_str(&serde_json::to_string(&Object { columns, line })?);
        written.push('\n');
    }
    Ok(written)
}

struct Object<'a> {
    columns: &'a [Column],
    line: &'a [Cell],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.columns.len()))?;
        for ((name, _), cell) in self.columns.iter().zip(self.line) {
            object.serialize_entry(name, cell)?;
        }
        object.end()
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Moment(at) => {
                let at = at.to_zoned(SEOUL).strftime("%Y-%m-%dT%H:%M:%S%:z");
                serializer.serialize_str(&at.to_string())
            }
            Self::Date(date) => date.serialize(serializer),
            Self::Facts(facts) => facts.serialize(serializer),
        }
    }
}

impl Cell {
    pub(crate) fn text(text: Option<impl ToString>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.to_string()))
    }

    pub(crate) fn moment(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Nothing, Self::Moment)
    }

    pub(crate) fn date(date: Option<Date>) -> Self {
        date.map_or(Self::Nothing, Self::Date)
    }

    pub(crate) fn number(number: Option<u64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }

    /// As it stands in CSV.
    fn written(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => harmless(text),
            Self::Number(number) => number.to_string(),
            Self::Moment(at) => at.to_zoned(SEOUL).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Self::Date(date) => date.to_string(),
            Self::Facts(facts) => harmless(&facts.to_string()),
        }
    }
}

/// Text that a spreadsheet takes for text. What begins like a formula gets an apostrophe before it, and so does what begins
/// with one, so that whoever takes one away again has what was there. Full-width signs are read like the others where Korean
/// is typed. Source: OWASP, "CSV Injection".
fn harmless(text: &str) -> String {
    let is_read = |first: char| {
        matches!(first, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n')
            || matches!(first, '＝' | '＋' | '－' | '＠' | '\'')
    };
    if text.starts_with(is_read) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Cell, csv, json_lines};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const COLUMNS: [(&str, &str); 3] = [("a", "가"), ("b", "나"), ("c", "다")];

    /// Text with all that matters to CSV and to a spreadsheet, often.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[=+@'\",;\t\r\n|＝＋－＠ -]{0,4}[가-힣a-z\"\r\n,]{0,6}", any::<String>()]
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_csv_and_none_of_it_is_a_formula(
            texts in prop::collection::vec((text(), text(), text()), 0..6),
            is_first: bool,
        ) {
            let cells = |(a, b, c): &(String, String, String)| {
                [a, b, c].map(|text| Cell::Text(text.clone())).to_vec()
            };
            let lines: Vec<_> = texts.iter().map(cells).collect();
            let written = csv(&COLUMNS, &lines, is_first).unwrap();
            prop_assert_eq!(written.starts_with('\u{feff}'), is_first);
            let body = written.strip_prefix('\u{feff}').unwrap_or(&written);
            let mut reader = csv::ReaderBuilder::new().has_headers(is_first).from_reader(body.as_bytes());
            let read: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
            prop_assert_eq!(read.len(), lines.len());
            for (read, (a, b, c)) in read.iter().zip(&texts) {
                for (cell, said) in read.iter().zip([a, b, c]) {
                    let first = cell.chars().next();
                    prop_assert!(first.is_none_or(|first| !"=+-@\t\r\n＝＋－＠".contains(first)), "{cell:?}");
                    prop_assert_eq!(cell.strip_prefix('\'').unwrap_or(cell), said);
                }
            }
        }

        #[test]
        fn any_text_comes_back_from_a_line_of_json(a in text(), number: u64) {
            let line = vec![Cell::Text(a.clone()), Cell::Number(number), Cell::Nothing];
            let written = json_lines(&COLUMNS, &[line.clone(), line]).unwrap();
            let read: Vec<Value> =
                written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let one = json!({"a": a, "b": number, "c": null});
            prop_assert_eq!(read, [one.clone(), one]);
        }
    }

    #[test]
    fn a_file_is_what_a_spreadsheet_in_korea_opens_as_it_is() {
        let at = "2026-11-30T15:00:01.5Z".parse().unwrap();
        let line = vec![Cell::Moment(at), Cell::Text("=1+1".to_owned()), Cell::Number(9_900)];
        let first = csv(&COLUMNS, std::slice::from_ref(&line), true).unwrap();
        assert_eq!(first, "\u{feff}가 (a),나 (b),다 (c)\r\n2026-12-01 00:00:01,'=1+1,9900\r\n");
        let next = csv(&COLUMNS, std::slice::from_ref(&line), false).unwrap();
        assert_eq!(next, "2026-12-01 00:00:01,'=1+1,9900\r\n");
        let json = json_lines(&COLUMNS, &[line]).unwrap();
        let expected = r#"{"a":"2026-12-01T00:00:01+09:00","b":"=1+1","c":9900}"#;
        assert_eq!(json, format!("{expected}\n"));
    }
}
