//! Importing: everybody is asked what is known of the members of a file, and then, if told to, each is taken over.

use crate::{Conflict, Line, Read, Refused, Row, Verdict, assess};
use billing::{ForeignKey, MerchantUid, Subscription, SubscriptionId, Takeover, Uid};
use flows::{Advanced, Elsewhere, Error, Gudok, HandedBack, Purpose, TakenOver, Trouble};
use futures::{StreamExt, TryStreamExt, stream};
use identity::MOST_ACCOUNTS;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many members are read or taken over at once. Of the eleven requests that one takes two are Iamport's, so that some
/// four of its calls are under way.
const AT_ONCE: usize = 8;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It can be taken over.
    Ready {
        /// When the next payment is, if there is to be one.
        next: Option<Date>,
        /// What was accepted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<Conflict>,
    },
    /// It was taken over.
    TakenOver {
        /// When the next payment is, if there is to be one.
        next: Option<Date>,
        /// The schedules of the other system that were taken back, by their `merchant_uid`.
        took_back: Vec<String>,
        /// What was accepted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        accepted: Vec<Conflict>,
    },
    /// A person has to say what counts.
    Conflict {
        /// What differs.
        conflicts: Vec<Conflict>,
    },
    /// It cannot be taken over.
    Refused {
        /// Why.
        reason: Refused,
        /// Which column, where it is a value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
        /// What stands there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// That was done before.
    Done,
    /// The member is with the other system again.
    HandedBack,
    /// Something of the other system's may still stand at Iamport, or of ours of whom was to be handed back: to be run
    /// again.
    Waits,
    /// Something was charged here, so that the member stays.
    TooLate,
    /// Somebody did not answer: to be run again.
    Trouble {
        /// What happened.
        what: String,
    },
}

impl Outcome {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ready { .. } => "ready",
            Self::TakenOver { .. } => "taken_over",
            Self::Conflict { .. } => "conflict",
            Self::Refused { .. } => "refused",
            Self::Done => "done",
            Self::HandedBack => "handed_back",
            Self::Waits => "waits",
            Self::TooLate => "too_late",
            Self::Trouble { .. } => "trouble",
        }
    }

    /// In what the row and Iamport differ.
    pub fn conflicts(&self) -> &[Conflict] {
        match self {
            Self::Ready { accepted, .. } | Self::TakenOver { accepted, .. } => accepted,
            Self::Conflict { conflicts } => conflicts,
            Self::Refused { .. }
            | Self::Done
            | Self::HandedBack
            | Self::Waits
            | Self::TooLate
            | Self::Trouble { .. } => &[],
        }
    }

    const fn refused(reason: Refused) -> Self {
        Self::Refused { reason, column: None, value: None }
    }
}

/// Rows with what is known of them, so that each can be taken over.
pub struct Import {
    gudok: Gudok,
    rows: Vec<Known>,
    /// How many rows of Iamport's lists could not be read: what they say is not known.
    pub unreadable: usize,
}

/// A row, and what is to become of it.
struct Known {
    line: u64,
    who: String,
    /// Who it is, where that is known.
    uid: Option<Uid>,
    to: Result<To, Outcome>,
}

/// How somebody is to be taken over.
struct To {
    takeover: Box<Takeover>,
    accepted: Vec<Conflict>,
    next: Option<Date>,
}

impl Import {
    /// Asks Iamport, the sign-in service and the tables what is known of these rows. Nothing is changed anywhere. Conflicts
    /// of the names in `accepted` are taken as the row has it.
    ///
    /// # Errors
    /// When somebody does not answer: then it is not known what there is.
    pub async fn look(
        gudok: Gudok,
        read: Vec<Read>,
        accepted: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        let keys: BTreeSet<ForeignKey> =
            read.iter().filter_map(|it| it.row.as_ref().ok()).map(|row| row.customer_uid).collect();
        let there = gudok.elsewhere(&keys).await?;
        let uids = whose(&gudok, &read).await?;
        let found: BTreeSet<&Uid> = uids.values().flatten().collect();
        let stored = stored(&gudok, found.into_iter().cloned().collect()).await?;
        let (mut members, mut held) =
            (BTreeMap::<&Uid, usize>::new(), BTreeMap::<ForeignKey, usize>::new());
        for it in &read {
            let Ok(row) = &it.row else { continue };
            let times = held.entry(row.customer_uid).or_default();
            *times = times.saturating_add(1);
            if let Some(Some(uid)) = uids.get(&it.line) {
                let times = members.entry(uid).or_default();
                *times = times.saturating_add(1);
            }
        }
        let twice = |uid: &Uid| members.get(uid).is_some_and(|times| *times > 1);
        let mut rows = Vec::new();
        for it in &read {
            let uid = uids.get(&it.line).cloned().flatten();
            let to = match (&it.row, &uid) {
                (Err(wrong), _) => Err(Outcome::Refused {
                    reason: Refused::BadValue,
                    column: Some(wrong.column.to_owned()),
                    value: Some(wrong.value.clone()),
                }),
                (Ok(_), None) => Err(Outcome::refused(Refused::NoAccount)),
                (Ok(_), Some(uid)) if twice(uid) => Err(Outcome::refused(Refused::SameMember)),
                (Ok(row), _) if held.get(&row.customer_uid).is_some_and(|times| *times > 1) => {
                    Err(Outcome::refused(Refused::SameKey))
                }
                (Ok(row), Some(uid)) => judge(&gudok, row, uid, &stored, &there, accepted),
            };
            rows.push(Known { line: it.line, who: it.who.clone(), uid, to });
        }
        Ok(Self { gudok, rows, unreadable: there.unreadable })
    }

    /// What would become of each row.
    pub fn lines(&self) -> Vec<Line> {
        let line = |known: &Known| Line {
            line: known.line,
            who: known.who.clone(),
            outcome: match &known.to {
                Ok(to) => Outcome::Ready { next: to.next, accepted: to.accepted.clone() },
                Err(outcome) => outcome.clone(),
            },
        };
        self.rows.iter().map(line).collect()
    }

    /// Takes over whoever can be, some at a time, and says what became of each row in the file's order; `done` hears of each
    /// as it is done. Broken off anywhere, it is run again.
    pub async fn take_over(self, done: impl Fn(&Line)) -> Vec<Line> {
        let Self { gudok, rows, .. } = self;
        let (gudok, done) = (&gudok, &done);
        stream::iter(rows)
            .map(|known| async move {
                let outcome = match (known.to, known.uid) {
                    (Ok(to), Some(uid)) => take_over(gudok, &uid, to).await,
                    (Err(Outcome::Done), Some(uid)) => go_on(gudok, &uid).await,
                    (Ok(_), None) => Outcome::refused(Refused::NoAccount),
                    (Err(outcome), _) => outcome,
                };
                let line = Line { line: known.line, who: known.who, outcome };
                done(&line);
                line
            })
            .buffered(AT_ONCE)
            .collect()
            .await
    }
}

async fn take_over(gudok: &Gudok, uid: &Uid, to: To) -> Outcome {
    let To { takeover, accepted, .. } = to;
    match gudok.take_over(uid, &takeover).await {
        Ok(TakenOver::New(subscription)) if is_foreign(&subscription) => Outcome::Waits,
        Ok(TakenOver::New(subscription)) => {
            let took_back = takeover.schedules.iter().map(|it| it.id.to_string()).collect();
            Outcome::TakenOver { next: subscription.next_payment_date(), took_back, accepted }
        }
        Ok(TakenOver::Before(_)) => Outcome::Done,
        Ok(TakenOver::Not(not)) => Outcome::refused(not.into()),
        Ok(TakenOver::KeyTaken) => Outcome::refused(Refused::SameKey),
        Err(error) => Outcome::Trouble { what: error.to_string() },
    }
}

/// Somebody who was taken over before: what was broken off then goes on.
async fn go_on(gudok: &Gudok, uid: &Uid) -> Outcome {
    match gudok.advance(uid, Purpose::Look).await {
        Ok(Advanced { trouble: Some(trouble), .. }) => {
            Outcome::Trouble { what: trouble.to_string() }
        }
        Ok(Advanced { subscription: Some(it), .. }) if is_foreign(&it) => Outcome::Waits,
        Ok(_) => Outcome::Done,
        Err(trouble) => Outcome::Trouble { what: trouble.to_string() },
    }
}

/// Whether something of the other system's is still open.
fn is_foreign(subscription: &Subscription) -> bool {
    let mut open = subscription.charges.iter();
    open.any(|open| matches!(open.merchant_uid, MerchantUid::Foreign(_)))
}

/// Gives these members back to the other system, some at a time, as far as nothing was charged here.
///
/// # Errors
/// When the sign-in service does not answer whose the e-mail addresses are.
pub async fn undo(
    gudok: &Gudok,
    read: Vec<Read>,
    done: impl Fn(&Line),
) -> Result<Vec<Line>, Error> {
    let uids = whose(gudok, &read).await?;
    let done = &done;
    let lines = stream::iter(read).map(|it| {
        let uid = uids.get(&it.line).cloned().flatten();
        async move {
            let outcome = match uid {
                None => Outcome::refused(Refused::NoAccount),
                Some(uid) => match gudok.hand_back(&uid).await {
                    Ok(HandedBack::Done | HandedBack::Never) => Outcome::HandedBack,
                    Ok(HandedBack::NotYet) => Outcome::Waits,
                    Ok(HandedBack::TooLate) => Outcome::TooLate,
                    Err(error) => Outcome::Trouble { what: error.to_string() },
                },
            };
            let line = Line { line: it.line, who: it.who, outcome };
            done(&line);
            line
        }
    });
    Ok(lines.buffered(AT_ONCE).collect().await)
}

fn judge(
    gudok: &Gudok,
    row: &Row,
    uid: &Uid,
    stored: &BTreeMap<Uid, Subscription>,
    there: &Elsewhere,
    accepted: &BTreeSet<String>,
) -> Result<To, Outcome> {
    let settings = &gudok.books.settings;
    let now = gudok.books.now();
    if settings.catalogue.plan(&row.plan).is_none() {
        return Err(Outcome::refused(Refused::UnknownPlan));
    }
    let existing = stored.get(uid);
    let (conflicts, takeover) = match assess(row, existing, there, now) {
        Verdict::Done => return Err(Outcome::Done),
        Verdict::Refused(reason) => return Err(Outcome::refused(reason)),
        Verdict::Possible(conflicts, takeover) => (conflicts, takeover),
    };
    // What would be stored, and is not.
    let id = SubscriptionId::new((gudok.new_id)(now));
    let tried =
        Subscription::taken_over(existing.cloned(), uid, id, &takeover, now, &settings.policy);
    let next = match tried {
        Err(not) => return Err(Outcome::refused(not.into())),
        Ok(tried) => tried.and_then(|(it, _)| it.next_payment_date()),
    };
    if conflicts.iter().any(|conflict| !accepted.contains(conflict.name())) {
        return Err(Outcome::Conflict { conflicts });
    }
    Ok(To { takeover, accepted: conflicts, next })
}

/// The members of these rows, by line; `None` for who has no account.
async fn whose(gudok: &Gudok, read: &[Read]) -> Result<BTreeMap<u64, Option<Uid>>, Error> {
    let now = gudok.books.now();
    let (mut named, mut asked) = (Vec::new(), Vec::new());
    for it in read {
        let Ok(row) = &it.row else { continue };
        match &row.email {
            Some(email) if row.uid.is_empty() => asked.push((it.line, email.as_str())),
            Some(_) | None => named.push((it.line, row.uid.as_str())),
        }
    }
    let chunks = stream::iter(named.chunks(MOST_ACCOUNTS)).map(|some| async move {
        let uids: Vec<&str> = some.iter().map(|(_, uid)| *uid).collect();
        let accounts = gudok.claims.accounts(&uids, now).await.map_err(Trouble::from)?;
        let known = |uid: &str| accounts.contains_key(uid).then(|| uid.parse().ok()).flatten();
        Ok::<_, Trouble>(some.iter().map(|(line, uid)| (*line, known(uid))).collect::<Vec<_>>())
    });
    let mut whose: BTreeMap<u64, Option<Uid>> = chunks
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?
        .into_iter()
        .flatten()
        .collect();
    let emails = stream::iter(asked).map(|(line, email)| async move {
        match gudok.claims.account_of_email(email, now).await {
            Ok(account) => Ok((line, account.uid.parse().ok())),
            Err(identity::ClaimsError::NoSuchUser) => Ok((line, None)),
            Err(error) => Err(Trouble::from(error)),
        }
    });
    whose.extend(emails.buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?);
    Ok(whose)
}

/// What is stored of these members.
async fn stored(gudok: &Gudok, uids: Vec<Uid>) -> Result<BTreeMap<Uid, Subscription>, Error> {
    let read = stream::iter(uids).map(|uid| async move {
        let stored = gudok.books.ledger.subscription(&uid).await.map_err(Trouble::from)?;
        Ok::<_, Trouble>(stored.map(|it| (uid, it)))
    });
    let read: Vec<_> = read.buffer_unordered(AT_ONCE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}
