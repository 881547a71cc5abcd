//! People without access to anything: forged and replayed webhooks, and payments that are not on offer.

use crate::history::actions::{OrdinaryPayment, StrangerAction, WhichOrder, uid};
use crate::history::conditions::MONTHLY;
use crate::world::site::Site;
use iamport_simulator::WebhookTiming;
use serde_json::{Value, json};

/// How many webhooks are replayed at once.
const RESENT: usize = 6;

/// Performs the action.
pub(crate) async fn act(site: &Site, id: &str, member: usize, action: StrangerAction) {
    match action {
        StrangerAction::Forge(kind) => forge(site, id, &uid(member), kind).await,
        StrangerAction::Resend => resend(site, &uid(member)).await,
        StrangerAction::Pay { order, how, webhook } => {
            if let Some(order) = payable(site, member, order) {
                pay(site, id, member, (order, how, webhook)).await;
            }
        }
    }
}

/// A forged webhook: for someone else's payment, for none, or for an order that is not open.
async fn forge(site: &Site, id: &str, member: &str, kind: u8) {
    let payments = site.stack.iamport.payments();
    let of = |other: bool| {
        let books = site.books();
        let mut newest = payments.iter().rev();
        newest.find(|payment| (books.owner(&payment.merchant_uid) == member) != other)
    };
    let (imp_uid, merchant_uid) = match (kind, of(false), of(true)) {
        (1, Some(mine), _) => ("imps_999999999999".to_owned(), mine.merchant_uid.clone()),
        (2, Some(mine), Some(other)) => (other.imp_uid.clone(), mine.merchant_uid.clone()),
        (3, Some(mine), _) => {
            let open = mine.merchant_uid.rsplit_once('-').map(|(rest, _)| format!("{rest}-9"));
            (mine.imp_uid.clone(), open.unwrap_or_default())
        }
        _ => ("imp_1".to_owned(), "nobody's".to_owned()),
    };
    site.record().count("a webhook is forged");
    site.gateway.forge(id, &imp_uid, &merchant_uid).await;
}

/// Replays Iamport's latest webhooks for this member.
#[expect(clippy::expect_used, reason = "everything is kept in memory")]
async fn resend(site: &Site, member: &str) {
    let webhooks = site.stack.iamport.webhooks();
    let webhooks: Vec<u64> = {
        let books = site.books();
        let newest = webhooks.iter().rev();
        let mine = newest.filter(|webhook| books.owner(&webhook.merchant_uid) == member);
        mine.map(|webhook| webhook.id).take(RESENT).collect()
    };
    site.record().count_many("an old webhook comes again", webhooks.len());
    for id in webhooks {
        site.stack.iamport.resend(id).await.expect("kept in memory");
    }
}

/// The order to be paid as an ordinary payment.
fn payable(site: &Site, member: usize, order: WhichOrder) -> Option<String> {
    let mine = uid(member);
    match order {
        WhichOrder::Registration => {
            site.windows.get(member, true).map(|opened| opened.merchant_uid)
        }
        WhichOrder::Open => {
            let books = site.books();
            let charge = books.subscriptions.get(&mine)?.charges.last()?;
            Some(charge.merchant_uid.to_string())
        }
        WhichOrder::Schedule => {
            let schedules = site.stack.iamport.schedules();
            let books = site.books();
            let mut orders = schedules.into_iter().rev().map(|schedule| schedule.merchant_uid);
            orders.find(|order| books.owner(order) == mine)
        }
    }
}

/// Someone tampers with the window's parameters and makes an ordinary payment under this order.
#[expect(clippy::expect_used, reason = "the window is ours, and everything is kept in memory")]
async fn pay(
    site: &Site,
    id: &str,
    member: usize,
    (order, how, webhook): (String, OrdinaryPayment, WebhookTiming),
) {
    site.record().count("someone pays in an ordinary way");
    let amount = if how == OrdinaryPayment::Half { MONTHLY / 2 } else { MONTHLY };
    let action = if how == OrdinaryPayment::Refused { "refused" } else { "approve" };
    let window = json!({"request_pay": {
        "pg": "html5_inicis.INIBillTst", "pay_method": "card", "merchant_uid": order,
        "name": "월 구독", "amount": amount, "buyer_name": "구독 회원",
        "buyer_email": format!("{}@privat.example", uid(member)),
        "buyer_tel": "010-0000-0000",
        "notice_url": "http://gateway.test/iamport-callback",
    }, "action": action, "webhook": webhook});
    let window = serde_json::from_value(window).expect("a window");
    let told = site.stack.iamport.card_window(&window).await.expect("kept in memory");
    let (success, imp_uid) = (told.get("success"), told.get("imp_uid"));
    site.record().say(|| {
        let null = Value::Null;
        format!("  {order}: {} {}", success.unwrap_or(&null), imp_uid.unwrap_or(&null))
    });
    if let (OrdinaryPayment::Refused, Some(imp_uid)) = (how, imp_uid.and_then(Value::as_str)) {
        site.gateway.forge(id, imp_uid, &order).await;
    }
    site.compare_for_nights();
}
