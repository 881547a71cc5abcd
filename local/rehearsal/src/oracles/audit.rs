//! The checks at the end, when everything had time to come right.

use crate::history::actions::{ROLE, uid};
use crate::history::time::{DAY, HOUR, plus};
use crate::oracles::at_rest::{at_rest, keys};
use crate::oracles::books::{Books, is_ordinary};
use crate::oracles::facts::{Facts, Payments};
use crate::oracles::failures::Finding;
use crate::oracles::logs::RESTLESS;
use crate::oracles::schedules;
use billing::{MerchantUid, Subscription};
use iamport_simulator::Charge;
use jiff::SignedDuration;
use jiff::civil::Date;
use ledger::BookedPayment;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// All checks at the end, except those of the logs.
pub(crate) fn audit(books: &Books, facts: &Facts, payments: &Payments) -> Vec<Finding> {
    let mut found = ledger(books, facts, payments, "books");
    found.extend(after_cancelling(books, facts));
    let after_leaving = books.leaving.paid_after(&books.owners, &facts.charges);
    found.extend(after_leaving.into_iter().map(|what| ("leaving", what)));
    for subscription in books.subscriptions.values() {
        found.extend(at_rest(books, facts, subscription));
        found.extend(books.days.lost(subscription));
        found.extend(keys(books, facts, subscription));
        found.extend(schedules::of(books, facts, subscription));
        found.extend(access(books, facts, subscription));
    }
    found.extend(schedules::orphans(books, facts));
    let owed = |imp_uid: &str| {
        let mut due = books.subscriptions.values().flat_map(|row| &row.refunds);
        due.any(|due| due.imp_uid.as_str() == imp_uid)
    };
    found.extend(books.days.parts(&facts.charges, owed));
    found.extend(announced(books, facts));
    found.extend(books.sums.check(&books.told, facts.now));
    found
}

/// The payments table holds what moved, row by row, and nothing else.
pub(crate) fn ledger(
    books: &Books,
    facts: &Facts,
    payments: &Payments,
    oracle: &'static str,
) -> Vec<Finding> {
    let as_stored = |charge: &Charge| {
        format!(
            "{} {} {} {} of {} back, {}",
            books.owner(&charge.merchant_uid),
            charge.imp_uid,
            charge.merchant_uid,
            charge.cancelled_amount,
            charge.amount,
            charge.paid_at
        )
    };
    let moved: BTreeSet<String> = facts.charges.iter().map(as_stored).collect();
    let mut found = Vec::new();
    let mut held = BTreeSet::new();
    let mut kept: BTreeMap<String, Vec<(Date, Date)>> = BTreeMap::new();
    for read in payments.values() {
        let Some(payments) = read else {
            found.push((oracle, "the payments cannot be read".to_owned()));
            return found;
        };
        for payment in payments {
            held.insert(as_moved(payment));
            if payment.refunded >= payment.amount {
                continue;
            }
            let run = payment.merchant_uid.subscription();
            if run.is_some_and(|run| books.days.are_given_up(run)) {
                continue;
            }
            if matches!(payment.merchant_uid, MerchantUid::Charge { .. }) {
                let days = (payment.period_start, payment.period_end);
                kept.entry(payment.uid.to_string()).or_default().push(days);
            } else {
                found.push(("registration", format!("{} was kept", payment.merchant_uid)));
            }
        }
    }
    let missing = moved.difference(&held);
    found.extend(missing.map(|it| (oracle, format!("moved and not stored so: {it}"))));
    let extra = held.difference(&moved);
    found.extend(extra.map(|it| (oracle, format!("stored and not moved so: {it}"))));
    found.extend(paid_twice(kept));
    found
}

/// A stored payment, in the same form as one that moved.
fn as_moved(payment: &BookedPayment) -> String {
    format!(
        "{} {} {} {} of {} back, {}",
        payment.uid,
        payment.imp_uid,
        payment.merchant_uid,
        payment.refunded.get(),
        payment.amount.get(),
        payment.paid_at
    )
}

/// Nobody paid twice for the same days.
fn paid_twice(kept: BTreeMap<String, Vec<(Date, Date)>>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (uid, mut periods) in kept {
        periods.sort();
        for (before, after) in periods.iter().zip(periods.iter().skip(1)) {
            if after.0 < before.1 {
                let what = format!("{uid} paid twice for days from {} on", after.0);
                found.push(("once a period", what));
            }
        }
    }
    found
}

/// What moved after a cancellation was answered is refunded, unless the member resumed.
fn after_cancelling(books: &Books, facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for cancel in &books.cancelled {
        let taken_back = books
            .resumed
            .iter()
            .any(|resume| resume.uid == cancel.uid && resume.ended >= cancel.began);
        if taken_back {
            continue;
        }
        // What a person decided to keep is not the loop's.
        for charge in facts.charges.iter().filter(|charge| !is_ordinary(charge)) {
            let id =
                charge.merchant_uid.parse::<MerchantUid>().ok().and_then(|id| id.subscription());
            let kept = charge.cancelled_amount < charge.amount;
            // Iamport runs a schedule in its second, which the rehearsal may reach only later.
            let after = !cancel.moved.contains(&charge.imp_uid)
                && charge.paid_at.as_second() >= cancel.began.as_second();
            if id == Some(cancel.subscription) && after && kept {
                let what = format!(
                    "{} moved at {} and was kept; cancelled at {}",
                    charge.merchant_uid, charge.paid_at, cancel.began
                );
                found.push(("after cancelling", what));
            }
        }
    }
    found
}

/// The member has access exactly as long as what moved at Iamport pays for it.
fn access(books: &Books, facts: &Facts, subscription: &Subscription) -> Vec<Finding> {
    let now = facts.now;
    let member = subscription.uid.as_str();
    let ends = books.access_ends(subscription, &facts.charges);
    let has_left = books.leaving.accounts.contains_key(member);
    let may_enter = facts.may_enter(member);
    // The nightly sweep comes ten minutes after, and once more if that one failed.
    let (fewest, most) = books.configuration.grace;
    let longer = i64::from(most.saturating_sub(fewest)).saturating_mul(DAY);
    let late = ends.is_some_and(|ends| plus(ends, longer.saturating_add(25 * HOUR)) <= now);
    // Whoever has left has no account to enter with, or one that may be ended at once.
    let early = ends.is_some_and(|ends| now < ends) && !has_left;
    let mut found = Vec::new();
    if may_enter && ends.is_none() {
        found.push(("access early", format!("{member} enters and never paid")));
    }
    if may_enter && late && !books.configuration.review {
        found.push(("access late", format!("{member} still enters, {ends:?} is over")));
    }
    if !may_enter && early {
        found.push(("access early", format!("{member} is kept out before {ends:?}")));
    }
    if !has_left {
        found.extend(other_claims(books, facts, member));
    }
    found
}

/// Claims that are not ours are left alone.
fn other_claims(books: &Books, facts: &Facts, member: &str) -> Vec<Finding> {
    let claim = |name| facts.claims.get(member).and_then(|claims| claims.get(name));
    let replaced = books.replaced_claims.get(member);
    let mut found = Vec::new();
    if replaced.is_some_and(|(role, _)| *role) && claim(ROLE).is_none() {
        found.push(("access early", format!("{member} lost another program's claim")));
    }
    // The first member is an admin too.
    let had_admin = member == uid(0) && replaced.is_none();
    if had_admin && claim("admin") != Some(&json!(true)) {
        found.push(("access early", format!("{member} lost another claim")));
    }
    found
}

/// A day after the last fault everyone who paid has access, whatever another program did to the claims.
pub(crate) fn access_heals(books: &Books, facts: &Facts) -> Vec<Finding> {
    let kept_out = |subscription: &&Subscription| {
        let member = subscription.uid.as_str();
        let ends = books.access_ends(subscription, &facts.charges);
        let replaced = books.replaced_claims.contains_key(member);
        let gone = books.leaving.accounts.contains_key(member);
        // What is stored of the end may be a moment old.
        let long = ends.is_some_and(|ends| facts.now < plus(ends, -HOUR));
        let lives = replaced && !gone && subscription.ended_at.is_none();
        lives && long && !facts.may_enter(member)
    };
    let found = books.subscriptions.values().filter(kept_out).map(|it| {
        let what = format!("{} is kept out for a day; its claims were replaced", it.uid);
        ("access heals", what)
    });
    found.collect()
}

/// Everything to be announced at once was announced.
fn announced(books: &Books, facts: &Facts) -> Vec<Finding> {
    let unsaid = books
        .outbox
        .iter()
        // What was stored a moment ago is on its way.
        .filter(|(_, (_, at))| at.duration_since(facts.now).abs() > SignedDuration::from_mins(30))
        .filter(|(id, _)| !books.told.contains(*id));
    unsaid
        .map(|(id, (name, _))| ("announced", format!("Slack never heard of {name} {id}")))
        .collect()
}

/// Whoever was to be erased has left nothing behind: no row in any table, no account, no billing key. Only what a
/// person has to settle keeps it waiting.
pub(crate) fn forgotten(
    books: &Books,
    facts: &Facts,
    left: Vec<(String, Vec<&'static str>)>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (uid, tables) in left {
        if let Some(row) = books.subscriptions.get(&uid) {
            let waits = !row.reviews.is_empty() || books.rows.is_unreadable(&uid);
            if row.erasure.is_some() && !waits {
                found.push(("forgotten", format!("{uid} was to be erased, and is still there")));
            }
            continue;
        }
        if !tables.is_empty() {
            found.push(("forgotten", format!("{uid} is left in {tables:?}")));
        }
        if facts.claims.contains_key(&uid) {
            found.push(("forgotten", format!("{uid} still has an account")));
        }
        let owned = |key: &&iamport_simulator::Customer| {
            let key = key.customer_uid.parse::<billing::CustomerUid>().ok();
            let run = key.and_then(|key| key.subscription());
            run.is_some_and(|run| books.owners.get(&run) == Some(&uid))
        };
        for key in facts.customers.iter().filter(owned) {
            found.push(("forgotten", format!("{uid} left the key {}", key.customer_uid)));
        }
    }
    found
}

/// Nothing personal was logged, and the loop always came to rest.
pub(crate) fn logged(secrets: &BTreeSet<String>, facts: &Facts, logged: &str) -> Vec<Finding> {
    let mut secrets = secrets.clone();
    secrets.extend(facts.customers.iter().filter_map(|customer| customer.card_number.clone()));
    secrets.insert("eyJ".to_owned());
    let mut found = Vec::new();
    let said = |secret: &&String| !secret.is_empty() && logged.contains(secret.as_str());
    for secret in secrets.iter().filter(said) {
        let line = logged.lines().find(|line| line.contains(secret.as_str())).unwrap_or_default();
        found.push(("private", format!("logged: {line}")));
    }
    if let Some(line) = logged.lines().find(|line| line.contains(RESTLESS)) {
        found.push(("restless", line.to_owned()));
    }
    found
}
