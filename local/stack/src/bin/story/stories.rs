//! The stories. Each ends with the books: what the table holds is what moved.

use crate::player::{Player, StoryError, text};
use jiff::{ToSpan, civil::Date};
use serde_json::json;

/// Registration, first charge, thirteen renewals, cancellation, end.
pub(super) async fn life(her: &Player) -> Result<(), StoryError> {
    let anchor = her.next_anchor(1, 31).await?;
    subscribe(her, anchor).await?;
    renew(her, anchor).await?;
    leave(her).await?;
    her.check_books().await
}

/// A card is registered, which is no payment, and then charged.
async fn subscribe(her: &Player, anchor: Date) -> Result<(), StoryError> {
    her.until(anchor, 15, "The story begins on 31 January, the hardest day to count months from.")
        .await?;
    let opened = her.checkout().await?;
    let told = her.window(&opened, "approve", "lost").await?;
    her.note(&format!(
        "Iamport says status `{}`, {}원: a registration looks just like a payment.",
        text(&told, "status"),
        told["paid_amount"]
    ))
    .await?;
    her.expect("our payments", her.payments().await?.len(), 0)?;
    her.note("Gudok has booked nothing: registering a card is not paying.").await?;
    let done = her.complete(&opened, 200).await?;
    her.note(&format!(
        "First charge. State {}, paid through {}.",
        text(&done, "state"),
        text(&done, "paid_through")
    ))
    .await?;
    her.expect("charges at Iamport", her.charges().await?.len(), 1)?;
    her.expect("schedules that stand", her.standing().await?.len(), 1)?;
    her.expect("the custom claim", her.may_enter().await?, true)?;
    Ok(())
}

/// Thirteen months.
async fn renew(her: &Player, anchor: Date) -> Result<(), StoryError> {
    for month in 1..=13_i64 {
        let due = anchor.saturating_add(month.months());
        her.until(due, 12, "").await?;
        let payments = her.payments().await?;
        let latest = payments.first().cloned().unwrap_or_default();
        her.expect(
            "payments",
            payments.len(),
            usize::try_from(month).unwrap_or_default().saturating_add(1),
        )?;
        her.note(&format!(
            "Renewal {month:>2}: {}원, paid through {}.",
            latest["amount"],
            text(&latest, "period_end")
        ))
        .await?;
    }
    her.expect("schedules that stand", her.standing().await?.len(), 1)
}

/// A cancellation, and the end of what was paid.
async fn leave(her: &Player) -> Result<(), StoryError> {
    let done = her.post("/subscription/cancel", json!({}), 200).await?;
    let last: Date = text(&done, "paid_through").parse().unwrap_or_default();
    her.note(&format!(
        "Cancelled: no refund, access until {last}. Schedules that stand: {}.",
        her.standing().await?.len()
    ))
    .await?;
    her.expect("schedules that stand", her.standing().await?.len(), 0)?;
    her.until(last, 23, "The last day of access.").await?;
    let slack = her.get_simulator("/slack/messages").await?;
    let heard = slack.as_array().is_some_and(|messages| {
        messages.iter().any(|message| {
            text(message, "text").contains("처리 현황") && message.to_string().contains(&her.uid)
        })
    });
    her.expect("Slack heard of the cancellation", heard, true)?;
    her.expect("the custom claim", her.may_enter().await?, true)?;
    her.until(last.saturating_add(1.day()), 1, "After the nightly sweep (00:10).").await?;
    her.expect("the custom claim", her.may_enter().await?, false)?;
    let ended = her.get("/subscription").await?;
    her.note(&format!(
        "State {}, access taken away at {}.",
        text(&ended, "state"),
        text(&ended, "cancel_processed_at")
    ))
    .await
}

/// A card without balance, retries, a stolen card, a new one.
pub(super) async fn declines(her: &Player) -> Result<(), StoryError> {
    let anchor = her.next_anchor(1, 31).await?;
    her.until(anchor, 15, "A card without balance.").await?;
    let opened = her.checkout().await?;
    her.window(&opened, "insufficient_funds", "now").await?;
    let problem = her.complete(&opened, 402).await?;
    her.note(&format!("Declined: {}", text(&problem, "detail"))).await?;
    let opened = her.checkout().await?;
    her.window(&opened, "approve", "now").await?;
    her.complete(&opened, 200).await?;
    her.note("With another card she is subscribed.").await?;
    let customer = opened["request_pay"]["customer_uid"].clone();
    her.set_card(&customer, "insufficient_funds").await?;
    let due = anchor.saturating_add(1.month());
    for days in [0_i64, 1, 3, 5] {
        her.until(due.saturating_add(days.days()), 12, "").await?;
        let state = her.get("/subscription").await?;
        her.note(&format!(
            "Tried and declined. State {}, next try {}.",
            text(&state, "state"),
            text(&state, "next_payment_date")
        ))
        .await?;
        her.expect("the custom claim", her.may_enter().await?, true)?;
    }
    her.set_card(&customer, "lost_or_stolen").await?;
    her.until(due.saturating_add(7.days()), 12, "").await?;
    let state = her.get("/subscription").await?;
    her.note(&format!("A stolen card is not tried again: {}", text(&state, "advice"))).await?;
    let opened = her.another_card().await?;
    her.window(&opened, "approve", "now").await?;
    let done = her.complete(&opened, 200).await?;
    her.note(&format!(
        "A new card pays the open month at once. State {}, paid through {}.",
        text(&done, "state"),
        text(&done, "paid_through")
    ))
    .await?;
    her.expect("payments", her.payments().await?.len(), 2)?;
    her.check_books().await
}

/// Cancel, resume, cancel again, the end, and once more.
pub(super) async fn second_thoughts(her: &Player) -> Result<(), StoryError> {
    let anchor = her.next_anchor(1, 31).await?;
    her.until(anchor, 15, "").await?;
    let opened = her.checkout().await?;
    her.window(&opened, "approve", "now").await?;
    her.complete(&opened, 200).await?;
    for day in [5_i64, 10] {
        her.until(anchor.saturating_add(day.days()), 12, "").await?;
        her.post("/subscription/cancel", json!({}), 200).await?;
        her.expect("schedules that stand", her.standing().await?.len(), 0)?;
        her.note("Cancelled. No schedule stands.").await?;
        her.post("/subscription/resume", json!({}), 200).await?;
        her.expect("schedules that stand", her.standing().await?.len(), 1)?;
        her.note("Resumed. One schedule stands.").await?;
    }
    let due = anchor.saturating_add(1.month());
    her.until(due, 12, "").await?;
    her.expect("payments", her.payments().await?.len(), 2)?;
    her.note("Charged once, on the day, as if nothing had been.").await?;
    her.post("/subscription/cancel", json!({}), 200).await?;
    let last = anchor.saturating_add(2.months());
    her.until(last.saturating_add(1.day()), 1, "").await?;
    let refused = her.post("/subscription/resume", json!({}), 409).await?;
    her.note(&format!("Too late to resume: {}", text(&refused, "detail"))).await?;
    her.until(last.saturating_add(10.days()), 12, "").await?;
    let opened = her.checkout().await?;
    her.window(&opened, "approve", "now").await?;
    let done = her.complete(&opened, 200).await?;
    her.note(&format!(
        "Subscribed again, from a new date: paid through {}.",
        text(&done, "paid_through")
    ))
    .await?;
    her.expect("payments", her.payments().await?.len(), 3)?;
    her.check_books().await
}
