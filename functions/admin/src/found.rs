//! `GET /admin/find`, `GET /admin/members` and `GET /admin/standing`: members found by what an admin has of them, and by what
//! is the matter with them; and who they are.

use axum::Json;
use axum::extract::State;
use billing::{ImpUid, MerchantUid, Subscription, Uid};
use edge::answers::{ForAdmins, InPages};
use edge::view::PriceChangeView;
use edge::words::StateView;
use edge::{App, Desk, Problem, Query};
use flows::{Counts, Face, Faces, Found, Group, Sought};
use jiff::{Timestamp, civil::Date, civil::Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// How many members a page of a list holds.
const PAGE: u16 = 50;

/// The longest text that is looked for, in characters: an e-mail address is shorter.
const LONGEST: usize = 256;

/// Who a member is, as the sign-in service says at that moment. Absent where it does not say, or there is no account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WhoView {
    /// The e-mail address, if the account has one.
    email: Option<String>,
    /// The name that its owner goes by, if the account has one.
    name: Option<String>,
}

impl WhoView {
    pub(crate) fn of(faces: &Faces, uid: &Uid) -> Option<Self> {
        faces.get(uid).cloned().map(|Face { email, name }| Self { email, name })
    }
}

/// A member in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MemberRow {
    /// Whose.
    uid: String,
    /// Who that is.
    who: Option<WhoView>,
    /// What the subscription is; `none` where there never was one.
    state: StateView,
    /// The plan's name in requests.
    plan: Option<String>,
    /// The monthly price in won.
    price: Option<u64>,
    /// The last date, in Korea, that is paid for.
    paid_through: Option<Date>,
    /// When Gudok looks at it again; absent when nothing is left to do.
    due_at: Option<Timestamp>,
    /// When it was asked to cancel.
    cancel_requested_at: Option<Timestamp>,
    /// Since when the oldest review is open.
    under_review_since: Option<Timestamp>,
    /// A higher price of the next period, which the member is asked to agree to.
    price_change: Option<PriceChangeView>,
}

/// What to look for.
#[derive(Clone, Deserialize, IntoParams)]
pub(crate) struct Wanted {
    /// A uid, an e-mail address, the id of an order (`merchant_uid`), Iamport's id of a payment (`imp_uid`), or digits of a
    /// card and the day in Korea on which it was charged: its last four, its first six or both, and the time if it is
    /// known (`1234 2026-11-30`, `944603 1234 2026-11-30 10:15`). Inicis shows the first six digits and the last one, so
    /// that others whose cards are alike are found too. Not a name: nobody looks accounts up by it.
    #[param(max_length = 256, min_length = 1)]
    q: String,
}

/// What a text was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadAs {
    Uid,
    Email,
    Order,
    Payment,
    Card,
}

/// Who was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FoundMembers {
    /// As what the text was read.
    read_as: ReadAs,
    /// At most 20; empty when nobody was found.
    members: Vec<MemberRow>,
    /// Whether there were more payments on the day than are looked through, or more members than are shown. With a time
    /// fewer are.
    capped: bool,
}

/// What is the matter with a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GroupView {
    /// The last charge was declined.
    PastDue,
    /// A higher price is asked about, and not agreed to yet.
    PriceQuestion,
    /// Something is open that only a person can settle.
    UnderReview,
    /// It was asked to cancel, and access ends within a week, or is over and was not taken away yet.
    Ending,
    /// It was asked to cancel, and access lasts.
    Cancelling,
}

/// Which list, and which page of it.
#[derive(Debug, Clone, Deserialize, IntoParams)]
pub(crate) struct Listing {
    /// What is the matter.
    #[param(inline)]
    state: GroupView,
    /// The `cursor` of the page before.
    cursor: Option<String>,
}

/// A page of members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Members {
    /// At most 50. A page before the last may have fewer, or none: as much of the index was read as is at once.
    members: Vec<MemberRow>,
    /// Where the next page begins; absent on the last.
    cursor: Option<String>,
}

/// How many members there are with whom something is the matter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct StandingView {
    /// When they were counted: now, or last night where there are many. Reviews are always counted now.
    at: Timestamp,
    /// Whose last charge was declined.
    past_due: u64,
    /// Who is asked about a higher price, at most: who agreed is counted until it is charged.
    price_question: u64,
    /// With whom something is open that only a person can settle.
    under_review: u64,
    /// Who asked to cancel and has access for a week at most.
    ending: u64,
    /// Who asked to cancel and has access.
    cancelling: u64,
}

/// Finds members by what an admin has of them.
#[utoipa::path(get, path = "/admin/find", tag = "admin", params(Wanted), security(("firebase" = [])), responses(
    (status = 200, body = FoundMembers, description = "Who was found, if anybody was"),
    (status = 400, body = Problem, description = "Nothing that can be looked for"),
    (status = 422, body = Problem, description = "Not a day of the last five years until today"),
    ForAdmins,
))]
pub(crate) async fn find(
    State(app): State<App>,
    desk: Desk,
    Query(Wanted { q }): Query<Wanted>,
) -> Result<Json<FoundMembers>, Problem> {
    let (read_as, sought) = sought(q.trim()).ok_or_else(|| Problem::about("q"))?;
    let Found { members, faces, capped } = Box::pin(app.gudok.find(sought)).await?;
    let uids: Vec<Uid> = members.iter().map(|(uid, _)| uid.clone()).collect();
    app.gudok.note_look(&desk.uid, "find", &uids).await?;
    let row = |(uid, stored): (Uid, Option<Subscription>)| match stored {
        Some(subscription) => MemberRow::of(&subscription, &faces, &app),
        None => MemberRow::without_subscription(&uid, &faces),
    };
    Ok(Json(FoundMembers { read_as, members: members.into_iter().map(row).collect(), capped }))
}

/// Members with whom something is the matter.
#[utoipa::path(get, path = "/admin/members", tag = "admin", params(Listing), security(("firebase" = [])), responses(
    (status = 200, body = Members, description = "A page of them"),
    ForAdmins, InPages,
))]
pub(crate) async fn members(
    State(app): State<App>,
    desk: Desk,
    Query(Listing { state, cursor }): Query<Listing>,
) -> Result<Json<Members>, Problem> {
    let (members, cursor) = app.gudok.members_in(state.into(), PAGE, cursor.as_deref()).await?;
    let uids: Vec<Uid> = members.iter().map(|member| member.uid.clone()).collect();
    let faces = app.gudok.show(&desk.uid, "members", &uids).await?;
    let members = members.iter().map(|member| MemberRow::of(member, &faces, &app)).collect();
    Ok(Json(Members { members, cursor }))
}

/// How many members there are with whom something is the matter.
#[utoipa::path(get, path = "/admin/standing", tag = "admin", security(("firebase" = [])), responses(
    (status = 200, body = StandingView, description = "How many there are"),
    ForAdmins,
))]
pub(crate) async fn standing(
    State(app): State<App>,
    _: Desk,
) -> Result<Json<StandingView>, Problem> {
    let counts = app.gudok.counts().await?;
    let Counts { at, past_due, price_question, under_review, ending, cancelling } = counts;
    Ok(Json(StandingView { at, past_due, price_question, under_review, ending, cancelling }))
}

/// What a text is, if it is anything. What looks like an e-mail address may be a uid: it is looked for as both.
fn sought(text: &str) -> Option<(ReadAs, Sought)> {
    if text.chars().count() > LONGEST {
        return None;
    }
    if text.contains(char::is_whitespace) {
        return Some((ReadAs::Card, card(text)?));
    }
    if let Ok(id) = text.parse::<MerchantUid>() {
        return Some((ReadAs::Order, Sought::Order(id)));
    }
    if let (true, Ok(id)) = (is_iamports(text), text.parse::<ImpUid>()) {
        return Some((ReadAs::Payment, Sought::Payment(id)));
    }
    if is_email(text) {
        return Some((ReadAs::Email, Sought::Email(text.to_owned())));
    }
    Some((ReadAs::Uid, Sought::Uid(text.parse().ok()?)))
}

/// The first six digits of a card, its last four or both, a day, and perhaps a time.
fn card(text: &str) -> Option<Sought> {
    let mut words = text.split_whitespace().peekable();
    let mut digits = |count| {
        let are = |it: &&str| it.len() == count && it.bytes().all(|digit| digit.is_ascii_digit());
        words.next_if(are).map(ToOwned::to_owned)
    };
    let (first, last) = (digits(6), digits(4));
    let day = words.next()?.parse::<Date>().ok()?;
    let time = words.next().map(str::parse::<Time>).transpose().ok()?;
    let is_all = words.next().is_none() && (first.is_some() || last.is_some());
    is_all.then_some(Sought::Card { first, last, day, time })
}

/// Whether this is spelt as Iamport's ids of payments are: from the card window, or from us and its schedules.
fn is_iamports(text: &str) -> bool {
    ["imp_", "imps_"].iter().any(|begins| text.starts_with(begins))
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.')
    })
}

impl MemberRow {
    fn of(member: &Subscription, faces: &Faces, app: &App) -> Self {
        let terms = &app.gudok.books.settings.catalogue.terms_version;
        Self {
            uid: member.uid.to_string(),
            who: WhoView::of(faces, &member.uid),
            state: member.state().into(),
            plan: Some(member.plan.to_string()),
            price: Some(member.price.get()),
            paid_through: member.paid_through(),
            due_at: member.due_at,
            cancel_requested_at: member.cancellation.as_ref().map(|wish| wish.requested_at),
            under_review_since: member.reviews.iter().map(|review| review.at).min(),
            price_change: PriceChangeView::of(member, terms),
        }
    }

    /// Somebody with an account who never began to subscribe.
    fn without_subscription(uid: &Uid, faces: &Faces) -> Self {
        Self {
            uid: uid.to_string(),
            who: WhoView::of(faces, uid),
            state: StateView::None,
            plan: None,
            price: None,
            paid_through: None,
            due_at: None,
            cancel_requested_at: None,
            under_review_since: None,
            price_change: None,
        }
    }
}

impl From<GroupView> for Group {
    fn from(group: GroupView) -> Self {
        match group {
            GroupView::PastDue => Self::PastDue,
            GroupView::PriceQuestion => Self::PriceQuestion,
            GroupView::UnderReview => Self::UnderReview,
            GroupView::Ending => Self::Ending,
            GroupView::Cancelling => Self::Cancelling,
        }
    }
}
