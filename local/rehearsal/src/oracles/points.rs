//! Coverage: each step with each outcome, each charge with each transition and each event, each act in each state.
//! What no history ever covered was not rehearsed.

use std::collections::BTreeMap;

/// A coverage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matrix {
    /// Outgoing calls, by outcome.
    Steps,
    /// Charges, by transition.
    Charges,
    /// Events, by the state of the member's charge.
    Events,
    /// Acts, by the state of the subscription.
    Acts,
}

/// How often each point was covered: the table, its row, its column.
pub type Points = BTreeMap<(Matrix, &'static str, &'static str), u64>;

/// The columns of [`Matrix::Steps`].
pub(crate) mod outcome {
    pub(crate) const DONE: &str = "done";
    pub(crate) const REFUSED: &str = "refused";
    pub(crate) const ABSENT: &str = "not there";
    pub(crate) const SECOND: &str = "someone was first";
    pub(crate) const NOT_SENT: &str = "not sent";
    pub(crate) const NO_ANSWER: &str = "no answer";
    pub(crate) const LATE: &str = "late";
    pub(crate) const TROUBLE: &str = "trouble";
    pub(crate) const DONE_AND_TROUBLE: &str = "done, trouble said";
    pub(crate) const DEATH: &str = "death";
}

use outcome::{
    ABSENT, DEATH, DONE, DONE_AND_TROUBLE, LATE, NO_ANSWER, NOT_SENT, REFUSED, SECOND, TROUBLE,
};

const OUTCOMES: [&str; 10] =
    [DONE, REFUSED, ABSENT, SECOND, NOT_SENT, NO_ANSWER, LATE, TROUBLE, DONE_AND_TROUBLE, DEATH];

const STEPS: [&str; 18] = [
    "read",
    "write",
    "delete a row",
    "look up an order",
    "look up a payment",
    "look up a schedule",
    "list",
    "charge",
    "schedule",
    "take a schedule back",
    "refund",
    "delete a key",
    "Iamport's token",
    "Google's token",
    "look at an account",
    "tell about access",
    "delete an account",
    "announce",
];

/// How far a charge is.
pub(crate) const CHARGE: [&str; 9] = [
    "none",
    "planned",
    "charging",
    "scheduling",
    "scheduled",
    "paid",
    "declined",
    "abandoned",
    "contradicted",
];

/// What can happen to a member whose charge is somewhere.
const EVENTS: [&str; 28] = [
    "webhook",
    "callback",
    "cancel",
    "resume",
    "another card",
    "consent",
    "expiry said",
    "looked at",
    "the button",
    "an admin's refund",
    "comparison",
    "restart",
    "table restored",
    "newer row",
    "unreadable row",
    "cancelled by an admin",
    "ended by an admin",
    "days given",
    "tried again",
    "tried again by an admin",
    "card asked for",
    "to be erased",
    "key deleted",
    "schedule revoked",
    "schedule moved",
    "given back at the console",
    "account gone",
    "claims replaced",
];

/// What can be done.
const ACTS: [&str; 17] = [
    "checkout",
    "another card",
    "callback",
    "cancel",
    "resume",
    "look",
    "consent",
    "expiry said",
    "an admin's refund",
    "cancelled by an admin",
    "ended by an admin",
    "days given",
    "tried again",
    "tried again by an admin",
    "card asked for",
    "to be erased",
    "the button",
];

/// What a subscription is.
pub(crate) const STATES: [&str; 7] =
    ["nobody", "none", "active", "past due", "cancelling", "over", "ended"];

impl Matrix {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Steps, Self::Charges, Self::Events, Self::Acts];

    const fn title(self) -> &'static str {
        match self {
            Self::Steps => "step and outcome",
            Self::Charges => "charge, from and to",
            Self::Events => "event and charge",
            Self::Acts => "act and state",
        }
    }

    fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Steps => &STEPS,
            Self::Charges => &CHARGE,
            Self::Events => &EVENTS,
            Self::Acts => &ACTS,
        }
    }

    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Steps => &OUTCOMES,
            Self::Charges => &CHARGE[1..],
            Self::Events => &CHARGE[..5],
            Self::Acts => &STATES,
        }
    }

    /// Whether there is such a point. What is left out cannot be.
    fn has(self, row: &str, column: &str) -> bool {
        match self {
            Self::Steps => is_outcome(row, column),
            Self::Charges => is_move(row, column),
            Self::Events => is_event(row, column),
            Self::Acts => is_act(row, column),
        }
    }
}

/// Whether a step can have this outcome.
fn is_outcome(step: &str, outcome: &str) -> bool {
    let reads_tables = step == "read";
    let changes_an_account = matches!(step, "tell about access" | "delete an account");
    let google = changes_an_account || matches!(step, "Google's token" | "look at an account");
    match outcome {
        // Only a write has a condition.
        SECOND => step == "write",
        // What is said no to, and not because something is absent.
        REFUSED => matches!(step, "charge" | "schedule" | "take a schedule back" | "refund"),
        ABSENT => matches!(
            step,
            "look up an order" | "look up a schedule" | "look up a payment" | "delete a key"
        ),
        // Nothing is changed by a look.
        DONE_AND_TROUBLE => !reads_tables && !google || changes_an_account,
        _ => true,
    }
}

/// Whether a charge can move like this.
fn is_move(from: &str, to: &str) -> bool {
    match from {
        "none" => matches!(to, "planned" | "charging" | "scheduling"),
        "planned" => matches!(to, "charging" | "abandoned"),
        "charging" => matches!(to, "charging" | "paid" | "declined" | "abandoned" | "contradicted"),
        "scheduling" => {
            matches!(
                to,
                "scheduling" | "scheduled" | "paid" | "declined" | "abandoned" | "contradicted"
            )
        }
        "scheduled" => matches!(to, "paid" | "declined" | "abandoned" | "contradicted"),
        // Iamport's own recovery; money that someone sent.
        "declined" => to == "paid",
        // Money that moves by itself after a charge was given up would take Iamport longer than a claim holds,
        // and then two could move: its stand-in does not.
        "abandoned" => to == "contradicted",
        // Looked at again it is open in the member's row alone, until it is known what it is.
        "contradicted" => to == "paid",
        _ => false,
    }
}

fn is_event(event: &str, charge: &str) -> bool {
    match event {
        // There is nothing to take away or to move.
        "schedule revoked" | "schedule moved" => matches!(charge, "scheduled" | "scheduling"),
        _ => true,
    }
}

fn is_act(act: &str, state: &str) -> bool {
    match act {
        // Nobody has a card to be asked about, or an order, before the first checkout.
        "callback" | "an admin's refund" => state != "nobody",
        _ => true,
    }
}

/// The points that no history covered.
pub fn missing(points: &Points) -> Vec<String> {
    let mut missing = Vec::new();
    for matrix in Matrix::ALL {
        for row in matrix.rows() {
            for column in matrix.columns() {
                let there = matrix.has(row, column);
                if there && !points.contains_key(&(matrix, *row, *column)) {
                    missing.push(format!("{}: {row}, {column}", matrix.title()));
                }
            }
        }
    }
    missing
}

/// How many points there are.
pub fn number() -> usize {
    let of = |matrix: Matrix| {
        let rows = matrix.rows().iter();
        rows.flat_map(|row| matrix.columns().iter().filter(|column| matrix.has(row, column)))
            .count()
    };
    Matrix::ALL.into_iter().map(of).sum()
}

/// A row of a table in Markdown.
fn row_of<Cell: AsRef<str>>(first: &str, cells: &[Cell]) -> String {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    format!("| {first} | {} |\n", cells.join(" | "))
}

/// All of it, as tables in Markdown.
pub fn markdown(points: &Points) -> String {
    let mut text = String::new();
    for matrix in Matrix::ALL {
        let columns = matrix.columns();
        text.push_str(&row_of(matrix.title(), columns));
        text.push_str("|---|");
        text.push_str(&"--:|".repeat(columns.len()));
        text.push('\n');
        for row in matrix.rows() {
            if !columns.iter().any(|column| matrix.has(row, column)) {
                continue;
            }
            let cells: Vec<String> = columns
                .iter()
                .map(|column| {
                    let times = points.get(&(matrix, *row, *column)).copied().unwrap_or(0);
                    if times > 0 || matrix.has(row, column) {
                        times.to_string()
                    } else {
                        "·".to_owned()
                    }
                })
                .collect();
            text.push_str(&row_of(row, &cells));
        }
        text.push('\n');
    }
    text
}
