//! Who notes what a history came by, for the [`points`](crate::points).

use crate::actors::{AtConsole, Operation, Outside};
use crate::history::Deed;
use crate::points::{CHARGE, Matrix, Points, STATES, outcome};
use billing::{OpenState, Policy, State, Subscription};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde_json::Value;

/// Notes a point.
pub(crate) fn note(points: &mut Points, matrix: Matrix, row: &'static str, column: &'static str) {
    *points.entry((matrix, row, column)).or_default() += 1;
}

/// What a request is a step of. `what` is a method and a path, or an operation of AWS.
pub(crate) fn step(what: &str) -> Option<&'static str> {
    let path = what.split_once(' ').map(|(_, path)| path).unwrap_or_default();
    Some(match what {
        "GetItem" | "Query" => "read",
        "PutItem" | "TransactWriteItems" => "write",
        "PutEvents" => "announce",
        "POST /subscribe/payments/again" => "charge",
        "POST /subscribe/payments/schedule" => "schedule",
        "POST /subscribe/payments/unschedule" => "take a schedule back",
        "POST /payments/cancel" => "refund",
        "POST /users/getToken" => "Iamport's token",
        "POST /token" => "Google's token",
        _ if what.starts_with("DELETE ") => "delete a key",
        _ if path.starts_with("/payments/findAll/") => "look up an order",
        _ if path.starts_with("/payments/status") => "list",
        _ if path.starts_with("/payments/") => "look up a payment",
        _ if path.starts_with("/subscribe/payments/schedule/") => "look up a schedule",
        _ if path.starts_with("/subscribe/") => "list",
        _ if what.ends_with("accounts:lookup") => "look at an account",
        _ if what.ends_with("accounts:update") => "tell about access",
        _ => return None,
    })
}

/// What came of a request that nothing happened to on the way.
pub(crate) fn came_of(answer: &Response<Bytes>) -> &'static str {
    let body = answer.body();
    let has = |words: &[u8]| body.windows(words.len()).any(|text| text == words);
    if answer.status() == 404 {
        outcome::ABSENT
    } else if has(b"ConditionalCheckFailed") {
        outcome::SECOND
    } else if !answer.status().is_success() || has(b"\"code\":1") || has(b"\"code\":-1") {
        outcome::REFUSED
    } else {
        outcome::DONE
    }
}

/// Where a member's charge is.
pub(crate) fn charge(subscription: Option<&Subscription>) -> &'static str {
    match subscription.and_then(|subscription| subscription.charges.last()) {
        None => "none",
        Some(charge) => match charge.outcome {
            OpenState::Planned { .. } => "planned",
            OpenState::Charging { .. } => "charging",
            OpenState::Scheduling { .. } => "scheduling",
            OpenState::Scheduled { .. } => "scheduled",
        },
    }
}

/// The state that the row of an order names, if it is a charge's.
pub(crate) fn charge_of(order: &Value) -> Option<&'static str> {
    let state = order.pointer("/outcome/M/state/S")?.as_str()?;
    CHARGE.iter().find(|known| **known == state).copied()
}

/// What a subscription is.
pub(crate) fn state(
    subscription: Option<&Subscription>,
    now: Timestamp,
    policy: &Policy,
) -> &'static str {
    let Some(subscription) = subscription else { return STATES[0] };
    let over = subscription.is_revocation_due(now, policy);
    match subscription.state() {
        State::None => "none",
        State::Active | State::PastDue | State::Cancelling if over => "over",
        State::Active => "active",
        State::PastDue => "past due",
        State::Cancelling => "cancelling",
        State::Ended => "ended",
    }
}

/// What a deed is to the member's charge.
pub(crate) fn event(deed: Deed) -> Option<&'static str> {
    Some(match deed {
        Deed::Complete { .. } => "callback",
        Deed::Cancel { .. } => "cancel",
        Deed::Resume { .. } => "resume",
        Deed::ChangeCard => "another card",
        Deed::Agree => "consent",
        Deed::Expiry { .. } => "expiry said",
        Deed::Look => "looked at",
        Deed::Button { .. } => "the button",
        Deed::GiveBack { .. } => "an admin's refund",
        Deed::Reconcile { .. } => "comparison",
        Deed::Outside(Outside::Operator(operation)) => match operation {
            Operation::Restart(_) => "restart",
            Operation::Restore { .. } => "table restored",
            Operation::NewerRow => "newer row",
            Operation::Unreadable => "unreadable row",
            Operation::CancelFor => "cancelled by an admin",
            Operation::Mend => return None,
        },
        Deed::Outside(Outside::Console(deed)) => match deed {
            AtConsole::DeleteKey => "key deleted",
            AtConsole::Revoke => "schedule revoked",
            AtConsole::Move { .. } => "schedule moved",
            AtConsole::GiveBack { .. } => "given back at the console",
            AtConsole::Recovery { .. } => return None,
        },
        Deed::Outside(Outside::Account(_)) => "account gone",
        Deed::Outside(Outside::Claims(_)) => "claims replaced",
        Deed::Open { .. }
        | Deed::Window { .. }
        | Deed::SetCard(_)
        | Deed::List
        | Deed::Pry
        | Deed::Cut { .. }
        | Deed::Forge(_)
        | Deed::Resend
        | Deed::Pay { .. }
        | Deed::Settle
        | Deed::Outside(Outside::Partner(_)) => return None,
    })
}

/// What a deed does to the subscription.
pub(crate) fn act(deed: Deed) -> Option<&'static str> {
    Some(match deed {
        Deed::Open { .. } => "checkout",
        Deed::ChangeCard => "another card",
        Deed::Complete { .. } => "callback",
        Deed::Cancel { .. } => "cancel",
        Deed::Resume { .. } => "resume",
        Deed::Look => "look",
        Deed::Agree => "consent",
        Deed::Expiry { .. } => "expiry said",
        Deed::GiveBack { .. } => "an admin's refund",
        Deed::Outside(Outside::Operator(Operation::CancelFor)) => "cancelled by an admin",
        Deed::Button { .. } => "the button",
        _ => return None,
    })
}
