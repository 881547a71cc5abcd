//! A look in which the two differ, in plain sentences.

use super::look::Look;
use billing_spec::{Order, Record, Request, Says, Schedule, Situation, Usage};

/// What was known, what partners said, what the code did, and where that differs.
pub(super) fn tell(look: &Look) -> String {
    let mut lines = vec!["What is known:".to_owned()];
    lines.extend(known(&look.facts));
    lines.push("What partners say:".to_owned());
    lines.extend(look.said.iter().map(|said| format!("  - {said}")));
    lines.push("What the code did:".to_owned());
    lines.extend(look.did.iter().map(|did| format!("  - it {did}")));
    lines.push("Where they differ:".to_owned());
    lines.push(look.differs.clone().unwrap_or_default());
    lines.join("\n")
}

fn known(facts: &Situation) -> Vec<String> {
    let Situation { now, paid, price, anchor, card, numbers, .. } = facts;
    let mut lines = vec![format!("It is {now}. The member agreed to {price} won a month.")];
    lines.push(match anchor {
        Some(anchor) => format!("{paid} months are paid, the first on {anchor}."),
        None => "Nothing was ever paid.".to_owned(),
    });
    lines.push(match card {
        Some((card, at)) => format!("Card {card} is in use, registered at {at}."),
        None => "There is no card.".to_owned(),
    });
    lines.extend(facts.asked.map(|(price, agreed)| match agreed {
        Some(agreed) => format!("A price of {price} was asked for, and {agreed} agreed to."),
        None => format!("A price of {price} was asked for, and not agreed to."),
    }));
    lines.push(format!("The plan's prices: {:?}.", facts.listed));
    lines.extend(facts.cancelled.map(|at| format!("The member cancelled at {at}.")));
    lines.extend(facts.leaves.map(|at| format!("The member asked to be erased at {at}.")));
    lines.extend(facts.ended.then(|| "Access was taken away.".to_owned()));
    lines.extend(facts.may_end.then(|| "This look may take access away.".to_owned()));
    lines.extend(facts.takes_no_card.then(|| "Too many cards were declined.".to_owned()));
    lines.extend(
        facts.undone.map(|(at, told)| {
            format!("Something is not done since {at}; a person was told: {told}.")
        }),
    );
    lines.push(format!("So far: {:?}.", facts.failed));
    lines.extend(facts.reviews.iter().map(|(order, _)| format!("{order} is before a person.")));
    lines.extend(facts.owed.iter().map(|due| {
        format!("{} is owed back, refused since {:?}.", due.payment, due.refused_since)
    }));
    for window in &facts.windows {
        lines.push(format!("Window {} for card {} is looked for.", window.name, window.card));
        lines.extend(window.records.iter().map(record));
    }
    for it in &facts.orders {
        lines.push(order(it));
        lines.extend(it.records.iter().map(record));
    }
    lines.push(format!("The numbers: {numbers:?}."));
    lines.into_iter().map(|line| format!("  - {line}")).collect()
}

fn order(it: &Order) -> String {
    let request = match &it.request {
        Request::Planned(at) => format!("is planned for {at}, and Iamport does not know of it"),
        Request::Charge(until) => format!("was sent; its answer must have come by {until}"),
        Request::Place(at, until) => {
            format!("was to be scheduled for {at}; its answer must have come by {until}")
        }
        Request::Placed(at) => format!("is scheduled for {at}"),
        Request::Over(Some(payment)) => format!("was paid with {payment}"),
        Request::Over(None) => "came to nothing".to_owned(),
        Request::Judged(None) => "went to a person".to_owned(),
        Request::Judged(Some((payment, true))) => format!("went to a person: {payment} counts"),
        Request::Judged(Some((payment, false))) => {
            format!("went to a person: {payment} is to go back")
        }
    };
    let schedule = match it.schedule {
        Schedule::Missing => "has no schedule for it".to_owned(),
        Schedule::Refused => "would not schedule it".to_owned(),
        Schedule::Standing => "has its schedule".to_owned(),
        Schedule::Ran => "ran its schedule".to_owned(),
        Schedule::Declined(fault) => format!("ran its schedule, and it was declined ({fault:?})"),
        Schedule::TakenBack => "says its schedule was taken back".to_owned(),
    };
    let whose = it.month.map_or("an earlier run".to_owned(), |month| format!("month {month}"));
    let pointed = if it.pointed_at { "; somebody points at it" } else { "" };
    format!(
        "{} for {whose}, {} won, card {:?}, {request}. Iamport {schedule}{pointed}.",
        it.name, it.amount, it.card
    )
}

fn record(it: &Record) -> String {
    let says = match it.says {
        Says::Paid => "paid".to_owned(),
        Says::Declined(fault) => format!("declined ({fault:?})"),
        Says::Unclear => "paid before, and shows nothing".to_owned(),
    };
    let usage = match it.usage {
        Usage::Registration => "to register a card",
        Usage::RegisteredCard => "with a registered card",
        Usage::Ordinary => "in an ordinary way",
    };
    let won = if it.in_won { "won" } else { "of another currency" };
    format!("  Iamport has {}: {says}, {usage}, {} {won}, at {:?}.", it.payment, it.amount, it.at)
}
