//! Members: everything the API offers them, and the card window.

use crate::history::actions::{MemberAction, uid};
use crate::oracles::books::Resumed;
use crate::world::gateway::{Answer, Ask};
use crate::world::site::Site;
use crate::world::windows::Opened;
use http::Method;
use iamport_simulator::{Action as WindowAction, Card, WebhookTiming};
use jiff::ToSpan;
use serde_json::{Value, json};

const PLANS: [&str; 2] = ["monthly", "premium"];

/// Performs the action.
pub(crate) async fn act(site: &Site, id: &str, member: usize, action: MemberAction) {
    match action {
        MemberAction::Open { plan } => {
            let plan = PLANS.get(usize::from(plan)).unwrap_or(&"monthly");
            let terms = site.books().configuration.terms;
            let body = json!({"plan": plan, "consent": {"version": terms}});
            open(site, id, member, "/checkout", body).await;
        }
        MemberAction::ChangeCard => {
            open(site, id, member, "/subscription/card", json!({})).await;
        }
        MemberAction::Window { newest, card, action, webhook } => {
            window(site, member, newest, (card, action, webhook)).await;
        }
        MemberAction::Complete { newest, times } => {
            let Some(opened) = site.windows.get(member, newest) else { return };
            let path = format!("/checkout/{}/complete", opened.merchant_uid);
            post(site, id, (member, times), &path, json!({})).await;
        }
        MemberAction::Cancel { times } => cancel(site, id, member, times).await,
        MemberAction::Resume { times } => resume(site, id, member, times).await,
        MemberAction::Look => {
            for path in ["/subscription", "/payments", "/plans"] {
                let (method, body) = (Method::GET, Value::Null);
                site.gateway.ask(Ask { id, member, times: 1, method, path, body }).await;
            }
        }
        MemberAction::SetCard(card) => set_card(site, member, card),
        MemberAction::Agree => {
            let body = agreement(site, member);
            post(site, id, (member, 1), "/subscription/consent", body).await;
        }
        MemberAction::Retry { times } => {
            post(site, id, (member, times), "/subscription/retry", json!({})).await;
        }
        MemberAction::Expiry { months } => {
            let today = billing::kst_date(site.now());
            let last = today.saturating_add(i64::from(months).months());
            let body = json!({"month": last.strftime("%Y-%m").to_string()});
            post(site, id, (member, 1), "/subscription/card/expiry", body).await;
        }
    }
}

async fn post(
    site: &Site,
    id: &str,
    (member, times): (usize, u8),
    path: &str,
    body: Value,
) -> Vec<Answer> {
    site.gateway.ask(Ask { id, member, times, method: Method::POST, path, body }).await
}

async fn open(site: &Site, id: &str, member: usize, path: &str, body: Value) {
    let answers = post(site, id, (member, 1), path, body).await;
    for answer in answers.into_iter().filter(|answer| answer.status == 201) {
        let opened = Opened {
            merchant_uid: answer.text("merchant_uid").to_owned(),
            request_pay: answer.body.get("request_pay").cloned().unwrap_or_default(),
        };
        site.windows.open(member, opened);
    }
}

/// Uses the card window.
#[expect(clippy::expect_used, reason = "the window is ours, and everything is kept in memory")]
async fn window(
    site: &Site,
    member: usize,
    newest: bool,
    (card, action, webhook): (Card, WindowAction, WebhookTiming),
) {
    let Some(opened) = site.windows.get(member, newest) else { return };
    let key = opened.request_pay.get("customer_uid").and_then(Value::as_str).unwrap_or_default();
    let shown = opened.request_pay.get("amount").and_then(Value::as_i64).unwrap_or_default();
    site.books().shown.insert(key.to_owned(), shown);
    let window = json!({
        "request_pay": opened.request_pay, "card": card, "action": action, "webhook": webhook,
    });
    let window = serde_json::from_value(window).expect("a window");
    let told = site.stack.iamport.card_window(&window).await.expect("kept in memory");
    let (success, imp_uid) = (told.get("success"), told.get("imp_uid"));
    site.record().say(|| {
        let null = Value::Null;
        format!("  the page is told {} {}", success.unwrap_or(&null), imp_uid.unwrap_or(&null))
    });
}

async fn cancel(site: &Site, id: &str, member: usize, times: u8) {
    let (began, mine) = (site.now(), uid(member));
    let run = site.books().run_of(&mine);
    let answers = post(site, id, (member, times), "/subscription/cancel", json!({})).await;
    if answers.iter().any(|answer| answer.status == 200) {
        let moved = site.stack.iamport.charges();
        site.books().note_cancellation(mine, run, began, &moved);
    }
}

async fn resume(site: &Site, id: &str, member: usize, times: u8) {
    let answers = post(site, id, (member, times), "/subscription/resume", json!({})).await;
    if answers.iter().any(|answer| answer.status == 200 || answer.status >= 500) {
        let resumed = Resumed { uid: uid(member), ended: site.now() };
        site.books().resumed.push(resumed);
    }
}

/// Changes how the member's card behaves from now on.
fn set_card(site: &Site, member: usize, card: Card) {
    let now = site.now();
    let books = site.books();
    let Some(key) = books.key_of(&uid(member)) else { return };
    let gone = books.leaving.deleted_keys.contains(&key) || books.is_from_the_past(now);
    drop(books);
    if !gone && site.stack.iamport.set_card(&key.to_string(), card).is_err() {
        site.record().fail("keys", format!("{key} is charged and gone from Iamport"));
    }
}

/// The consent to the coming price.
fn agreement(site: &Site, member: usize) -> Value {
    let planned = site.network.troubles.conditions(|conditions| conditions.price);
    site.books().agree(&uid(member), planned.map(|(_, price)| price))
}
