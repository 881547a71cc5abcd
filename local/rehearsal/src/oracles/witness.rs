//! Classifies what happens in a history for the coverage tables in [`points`](crate::oracles::points).

use crate::history::actions::{
    Action, AdminAction, ConsoleAction, DeskAct, MemberAction, OperatorAction,
};
use crate::oracles::points::{CHARGE, Matrix, Points, STATES, outcome};
use billing::{OpenState, Policy, State, Subscription};
use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde_json::Value;

/// Counts a point.
pub(crate) fn note(points: &mut Points, matrix: Matrix, row: &'static str, column: &'static str) {
    let times = points.entry((matrix, row, column)).or_default();
    *times = times.saturating_add(1);
}

/// Which step a request belongs to. `what` is a method and a path, or an AWS operation.
pub(crate) fn step(what: &str) -> Option<&'static str> {
    let path = what.split_once(' ').map(|(_, path)| path).unwrap_or_default();
    Some(match what {
        "GetItem" | "Query" => "read",
        "PutItem" | "TransactWriteItems" => "write",
        "DeleteItem" => "delete a row",
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
        _ if what.ends_with("accounts:delete") => "delete an account",
        _ => return None,
    })
}

/// The outcome of a request that nothing happened to on the way.
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

/// The state of a member's current charge.
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

/// The state in an order's row, if it is one a charge can have.
pub(crate) fn charge_of(order: &Value) -> Option<&'static str> {
    let state = order.pointer("/outcome/M/state/S")?.as_str()?;
    CHARGE.iter().find(|known| **known == state).copied()
}

/// The state of a subscription.
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

/// What an action means to the charge of a member, or of all members.
pub(crate) fn event(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Member(action) => return member_event(action),
        Action::Admin(action) => match action {
            AdminAction::Button { .. } => "the button",
            AdminAction::GiveBack { .. } => "an admin's refund",
            AdminAction::Reconcile { .. } => "comparison",
            AdminAction::List | AdminAction::LookAtAll | AdminAction::Settle => return None,
        },
        Action::Operator(action) => match action {
            OperatorAction::Restart(_) => "restart",
            OperatorAction::Restore { .. } => "table restored",
            OperatorAction::NewerRow => "newer row",
            OperatorAction::Unreadable => "unreadable row",
            OperatorAction::Act(act) => return Some(at_the_desk(act)),
            OperatorAction::EraseFor => "to be erased",
            OperatorAction::Mend => return None,
        },
        Action::Console(action) => match action {
            ConsoleAction::DeleteKey => "key deleted",
            ConsoleAction::Revoke => "schedule revoked",
            ConsoleAction::Move { .. } => "schedule moved",
            ConsoleAction::GiveBack { .. } => "given back at the console",
            ConsoleAction::Recovery { .. } => return None,
        },
        Action::Account(_) => "account gone",
        Action::Claims(_) => "claims replaced",
        Action::Stranger(_) | Action::Partner(_) => return None,
    })
}

fn member_event(action: MemberAction) -> Option<&'static str> {
    Some(match action {
        MemberAction::Complete { .. } => "callback",
        MemberAction::Cancel { .. } => "cancel",
        MemberAction::Resume { .. } => "resume",
        MemberAction::ChangeCard => "another card",
        MemberAction::Agree => "consent",
        MemberAction::Expiry { .. } => "expiry said",
        MemberAction::Retry { .. } => "tried again",
        MemberAction::Look => "looked at",
        MemberAction::Open { .. } | MemberAction::Window { .. } | MemberAction::SetCard(_) => {
            return None;
        }
    })
}

/// What an admin does for one member.
const fn at_the_desk(act: DeskAct) -> &'static str {
    match act {
        DeskAct::Cancel => "cancelled by an admin",
        DeskAct::EndNow => "ended by an admin",
        DeskAct::GiveDays { .. } => "days given",
        DeskAct::TryAgain => "tried again by an admin",
        DeskAct::AskForCard => "card asked for",
    }
}

/// Whether the event happens to all members.
pub(crate) fn concerns_all(event: &str) -> bool {
    matches!(event, "restart" | "table restored" | "the button" | "comparison")
}

/// What an action does to the member's subscription.
pub(crate) fn act(action: Action) -> Option<&'static str> {
    Some(match action {
        Action::Member(action) => match action {
            MemberAction::Open { .. } => "checkout",
            MemberAction::ChangeCard => "another card",
            MemberAction::Complete { .. } => "callback",
            MemberAction::Cancel { .. } => "cancel",
            MemberAction::Resume { .. } => "resume",
            MemberAction::Look => "look",
            MemberAction::Agree => "consent",
            MemberAction::Expiry { .. } => "expiry said",
            MemberAction::Retry { .. } => "tried again",
            MemberAction::Window { .. } | MemberAction::SetCard(_) => return None,
        },
        Action::Admin(AdminAction::GiveBack { .. }) => "an admin's refund",
        Action::Admin(AdminAction::Button { .. }) => "the button",
        Action::Operator(OperatorAction::Act(act)) => at_the_desk(act),
        Action::Operator(OperatorAction::EraseFor) => "to be erased",
        Action::Admin(_)
        | Action::Operator(_)
        | Action::Stranger(_)
        | Action::Console(_)
        | Action::Partner(_)
        | Action::Account(_)
        | Action::Claims(_) => return None,
    })
}
