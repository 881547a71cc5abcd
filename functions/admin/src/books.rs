//! `POST /admin/books/{book}`: the books as they go out, page by page
//! (docs/decisions/0056-the-books-go-out-in-pages.md).

mod file;
mod lines;

use axum::Json;
use axum::extract::{Path, State};
use billing::Uid;
use edge::answers::{ForAdmins, WithBody};
use edge::{Admin, App, Body, Problem};
use file::{Cell, Column};
use flows::{BookPage, PaymentLine, RefundLine};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// Which book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BookView {
    /// Payments by when they were paid, also of members who were erased.
    Payments,
    /// Refunds by when they were noted, each with its payment.
    Refunds,
    /// Members who have access, as they are now.
    Members,
    /// What was announced and what admins did; of members who were erased nothing.
    Journal,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormatView {
    /// For spreadsheets: UTF-8 with a byte order mark, and no cell that they take for a formula.
    Csv,
    /// For programs: a JSON object a line.
    Jsonl,
}

/// Which days, how, and which page.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct BookRequest {
    /// The first day, in Korea, at most five years ago; of all books but that of the members, which has no days.
    from: Option<Date>,
    /// The last day, not after today; where `from` is.
    to: Option<Date>,
    /// How it is written.
    format: FormatView,
    /// The `cursor` of the page before.
    cursor: Option<String>,
}

/// A page of a book. What all pages hold, one after the other, is the file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BookPageView {
    /// This part of the file; the first begins with the names of the columns.
    content: String,
    /// How many lines of the book it has. A page before the last may have none: as much was read as is at once.
    lines: usize,
    /// How many rows could not be read, and are not in it.
    unreadable: usize,
    /// Where the next page begins; absent on the last.
    cursor: Option<String>,
}

/// A page as it is to be written.
struct Page {
    columns: &'static [Column],
    lines: Vec<Vec<Cell>>,
    /// Whose they are.
    whose: Vec<Uid>,
    unreadable: usize,
    next: Option<String>,
}

/// A page of a book, for an admin to take along. What it shows of whom is noted as whatever the desk shows is. It is no
/// `GET`: to take everything along is an act, and wants the sign-in that acts want.
#[utoipa::path(post, path = "/admin/books/{book}", tag = "admin", request_body = BookRequest,
    params(("book" = inline(BookView), Path, description = "Which")), security(("firebase" = [])), responses(
    (status = 200, body = BookPageView, description = "A page of it"),
    (status = 404, body = Problem, description = "There is no such book"),
    (status = 422, body = Problem, description = "Not a range of days of the last five years until today"),
    ForAdmins, WithBody,
))]
pub(crate) async fn book(
    State(app): State<App>,
    admin: Admin,
    Path(name): Path<String>,
    Body(request): Body<BookRequest>,
) -> Result<Json<BookPageView>, Problem> {
    let book = serde_json::from_value(name.clone().into()).map_err(|_| Problem::NOT_FOUND)?;
    let is_first = request.cursor.is_none();
    let page = Box::pin(page(&app, book, &request)).await?;
    app.gudok
        .note_look(&admin.uid, &format!("books/{name}"), &page.whose)
        .await
        .map_err(flows::Error::from)?;
    let content = match request.format {
        FormatView::Csv => file::csv(page.columns, &page.lines, is_first).ok(),
        FormatView::Jsonl => file::json_lines(page.columns, &page.lines).ok(),
    };
    Ok(Json(BookPageView {
        content: content.ok_or(Problem::UNAVAILABLE)?,
        lines: page.lines.len(),
        unreadable: page.unreadable,
        cursor: page.next,
    }))
}

async fn page(app: &App, book: BookView, request: &BookRequest) -> Result<Page, Problem> {
    let (gudok, after) = (&app.gudok, request.cursor.clone());
    let days = || request.days();
    Ok(match book {
        BookView::Payments => {
            let page = gudok.payments_book(days()?, after).await?;
            let whose = |line: &PaymentLine| line.uid.clone();
            Page::of(&lines::PAYMENTS, page, whose, |line| lines::payment(&line))
        }
        BookView::Refunds => {
            let page = gudok.refunds_book(days()?, after).await?;
            let whose = |line: &RefundLine| line.uid.clone();
            Page::of(&lines::REFUNDS, page, whose, |line| lines::refund(&line))
        }
        BookView::Members if request.from.or(request.to).is_some() => {
            return Err(Problem::about("from"));
        }
        BookView::Members => {
            let page = gudok.members_book(after).await?;
            Page::of(&lines::MEMBERS, page, |it| Some(it.uid.clone()), |it| lines::member(&it))
        }
        BookView::Journal => {
            let page = gudok.journal_book(days()?, after).await?;
            Page::of(&lines::JOURNAL, page, |it| Some(it.uid.clone()), lines::entry)
        }
    })
}

impl BookRequest {
    fn days(&self) -> Result<RangeInclusive<Date>, Problem> {
        let from = self.from.ok_or_else(|| Problem::about("from"))?;
        let to = self.to.ok_or_else(|| Problem::about("to"))?;
        Ok(from..=to)
    }
}

impl Page {
    fn of<T>(
        columns: &'static [Column],
        page: BookPage<T>,
        whose: impl Fn(&T) -> Option<Uid>,
        line: impl Fn(T) -> Vec<Cell>,
    ) -> Self {
        let BookPage { lines, unreadable, next } = page;
        let whose = lines.iter().filter_map(whose).collect();
        let lines = lines.into_iter().map(line).collect();
        Self { columns, lines, whose, unreadable, next }
    }
}
