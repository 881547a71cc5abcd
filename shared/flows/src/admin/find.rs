//! Members found by what an admin has of them: an e-mail address, an order, a payment, a card. And who they are, as the
//! sign-in service says; of that nothing is kept and nothing is logged.

use crate::each::{Troubles, Whose};
use crate::{Denied, Error, Gudok, Trouble};
use billing::{ImpUid, MerchantUid, Order, Subscription, Uid, next_day, start_of_day};
use futures::TryStreamExt;
use iamport::{PaymentsByStatus, Sorting};
use identity::{Account, ClaimsError, MOST_ACCOUNTS};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, civil::Time};
use ledger::Look;
use std::collections::{BTreeMap, BTreeSet};

/// How many members are shown at once that one card was of.
const MOST: usize = 20;

/// How many payments Iamport lists at once, and how many of them are read to find a card.
const LISTED: u32 = 1_000;
const READ: u32 = 20_000;

/// How long it is looked for a card. API Gateway waits 30 s.
const PATIENCE: SignedDuration = SignedDuration::from_secs(15);

/// How far back a card is looked for, in days: five years.
const FARTHEST: i32 = 1_827;

/// So long before and after a time that was said.
const ABOUT: SignedDuration = SignedDuration::from_mins(10);

/// What an admin has of a member.
#[derive(Clone, PartialEq, Eq)]
pub enum Sought {
    /// The uid.
    Uid(Uid),
    /// What looks like an e-mail address, and can be a uid.
    Email(String),
    /// The id of an order.
    Order(MerchantUid),
    /// Iamport's id of a payment.
    Payment(ImpUid),
    /// Digits of a card that was charged on a day, at about that time if it was said.
    Card {
        /// Its first six digits, if they were said.
        first: Option<String>,
        /// Its last four, if they were said.
        last: Option<String>,
        /// The day in Korea.
        day: Date,
        /// The time in Korea.
        time: Option<Time>,
    },
}

/// Who a member is, as the sign-in service says. No [`Debug`](std::fmt::Debug): it is for the desk, and for no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Face {
    /// The e-mail address, if the account has one.
    pub email: Option<String>,
    /// The name that its owner goes by, if the account has one.
    pub name: Option<String>,
}

/// Who these members are; whoever has no account, or is not known of, is not among them.
pub type Faces = BTreeMap<Uid, Face>;

/// Who was found.
pub struct Found {
    /// Each with what is stored of them, if anything is.
    pub members: Vec<(Uid, Option<Subscription>)>,
    /// Who they are.
    pub faces: Faces,
    /// Whether there is more that was not looked through.
    pub capped: bool,
}

impl Gudok {
    /// The members of whom an admin has this: none, one, or a few whose cards end alike.
    ///
    /// # Errors
    /// Denied for a day that is not over yet and not today, or longer ago than five years. When the tables do not answer, or
    /// who has to for this.
    pub async fn find(&self, sought: Sought) -> Result<Found, Error> {
        let (uids, capped) = match sought {
            Sought::Email(email) => return self.find_by_email(&email).await,
            Sought::Uid(uid) => (vec![uid], false),
            Sought::Order(id) => (self.owner(&id).await?.into_iter().collect(), false),
            Sought::Payment(imp_uid) => (self.payer(&imp_uid).await?.into_iter().collect(), false),
            Sought::Card { first, last, day, time } => {
                let fits = |number: &str| {
                    fits(number, first.as_deref().unwrap_or(""), last.as_deref().unwrap_or(""))
                };
                self.payers(fits, day, time).await?
            }
        };
        let faces = self.faces(&uids).await;
        self.found(uids, faces, capped).await
    }

    /// One request to the sign-in service and one to the tables, however many members there are.
    async fn find_by_email(&self, email: &str) -> Result<Found, Error> {
        match self.claims.account_of_email(email, self.books.now()).await {
            Ok(account) => {
                let faces: Faces = face(account).into_iter().collect();
                self.found(faces.keys().cloned().collect(), faces, false).await
            }
            Err(ClaimsError::NoSuchUser) => {
                let uids: Vec<Uid> = email.parse().into_iter().collect();
                let faces = self.faces(&uids).await;
                self.found(uids, faces, false).await
            }
            Err(error) => Err(Trouble::from(error).into()),
        }
    }

    /// Those of whom anything is known.
    async fn found(&self, uids: Vec<Uid>, faces: Faces, capped: bool) -> Result<Found, Error> {
        let read = self.read(uids.clone()).await.heard()?.done;
        let mut stored: BTreeMap<Uid, Subscription> =
            read.into_iter().flatten().map(|row| (row.uid.clone(), row)).collect();
        let members = uids.into_iter().map(|uid| {
            let subscription = stored.remove(&uid);
            (uid, subscription)
        });
        let is_known =
            |(uid, row): &(Uid, Option<Subscription>)| row.is_some() || faces.contains_key(uid);
        let members = members.filter(is_known).collect();
        Ok(Found { members, faces, capped })
    }

    /// Whose order it is.
    async fn owner(&self, id: &MerchantUid) -> Result<Option<Uid>, Trouble> {
        let order = self.books.ledger.order(id).await?;
        Ok(order.as_ref().map(Order::uid).cloned())
    }

    /// Whose payment it is: Iamport knows under which order it was made.
    async fn payer(&self, imp_uid: &ImpUid) -> Result<Option<Uid>, Trouble> {
        match self.iamport.payment(imp_uid.as_str()).await {
            Ok(payment) => match payment.merchant_uid.parse() {
                Ok(id) => self.owner(&id).await,
                Err(_) => Ok(None),
            },
            Err(iamport::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whose cards fit, among the payments that were begun on that day, and whether not all could be read. They are in
    /// Iamport's list, with whatever was paid and we do not know.
    async fn payers(
        &self,
        fits: impl Fn(&str) -> bool + Send,
        day: Date,
        time: Option<Time>,
    ) -> Result<(Vec<Uid>, bool), Error> {
        let (now, today) = (self.books.now(), self.books.today());
        let (from, to) = moments(day, time);
        if from > now || day < today.saturating_sub(FARTHEST.days()) {
            return Err(Denied::BadRange.into());
        }
        let mut request = PaymentsByStatus::new();
        (request.from, request.to) = (Some(from), Some(to.min(now)));
        request.limit = Some(LISTED);
        request.sorting = Some(Sorting::StartedOldestFirst);
        let until = now.saturating_add(PATIENCE).unwrap_or(now);
        let mut rows = self.iamport.payments_by_status_stream(request);
        let (mut orders, mut read) = (BTreeSet::new(), 0_u32);
        let mut capped = false;
        while let Some(row) = rows.try_next().await.map_err(Trouble::from)? {
            read = read.saturating_add(1);
            if orders.len() > MOST || read > READ || self.books.now() > until {
                capped = true;
                break;
            }
            // One that cannot be read is told of each night.
            let Ok(payment) = row else { continue };
            let is_it = payment.card.number.as_deref().is_some_and(&fits);
            if let (true, Ok(id)) = (is_it, payment.merchant_uid.parse::<MerchantUid>()) {
                orders.insert(id);
            }
        }
        let mut owners = Vec::new();
        for id in &orders {
            match self.owner(id).await? {
                Some(uid) if !owners.contains(&uid) => owners.push(uid),
                Some(_) | None => {}
            }
        }
        capped |= owners.len() > MOST;
        owners.truncate(MOST);
        Ok((owners, capped))
    }

    /// Notes that somebody at the desk is shown these members, and says who they are. Whom it cannot be noted of is not shown.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn show(&self, by: &Uid, page: &str, uids: &[Uid]) -> Result<Faces, Trouble> {
        let (noted, faces) = futures::join!(self.note_look(by, page, uids), self.faces(uids));
        noted.map(|()| faces)
    }

    /// Notes that somebody at the desk is shown these members: one row, however many they are.
    ///
    /// # Errors
    /// When the tables do not answer.
    pub async fn note_look(&self, by: &Uid, page: &str, uids: &[Uid]) -> Result<(), Trouble> {
        let whose: BTreeSet<&Uid> = uids.iter().collect();
        if whose.is_empty() {
            return Ok(());
        }
        let at = self.books.now();
        let id = (self.new_id)(at).to_string();
        let whose = whose.into_iter().map(|uid| self.key.pseudonym(uid)).collect();
        Ok(self.books.ledger.note_look(Look { by, at, id: &id, page, whose }).await?)
    }

    /// Who these members are, as the sign-in service says, so many in one request. If it does not answer, nobody is known:
    /// a list is shown without names.
    pub async fn faces(&self, uids: &[Uid]) -> Faces {
        let uids: BTreeSet<&str> = uids.iter().map(Uid::as_str).collect();
        let uids: Vec<&str> = uids.into_iter().collect();
        let mut faces = Faces::new();
        for uids in uids.chunks(MOST_ACCOUNTS) {
            match self.claims.accounts(uids, self.books.now()).await {
                Ok(found) => {
                    faces.extend(found.into_values().filter_map(Result::ok).filter_map(face));
                }
                Err(error) => {
                    Troubles::default().note(&Whose::Nobody, error.into(), self);
                    break;
                }
            }
        }
        faces
    }
}

/// Whether a card's number begins and ends so, as far as it can be read: Inicis masks all but the first six digits and
/// the last one. Of each end that was said something has to be readable.
fn fits(number: &str, first: &str, last: &str) -> bool {
    let number: Vec<char> = number.chars().filter(|it| it.is_ascii_digit() || *it == '*').collect();
    let begins = number.iter().copied().zip(first.chars());
    let ends = number.iter().rev().copied().zip(last.chars().rev());
    let agree = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        let (mut seen, mut agree) = (false, true);
        for (there, said) in pairs {
            seen |= there != '*';
            agree &= there == '*' || there == said;
        }
        seen && agree
    };
    (first.is_empty() || agree(&mut begins.into_iter()))
        && (last.is_empty() || agree(&mut ends.into_iter()))
        && !(first.is_empty() && last.is_empty())
}

fn face(account: Account) -> Option<(Uid, Face)> {
    let Account { uid, email, name, .. } = account;
    Some((uid.parse().ok()?, Face { email, name }))
}

/// The whole day in Korea, or the minutes about that time of it.
fn moments(day: Date, time: Option<Time>) -> (Timestamp, Timestamp) {
    let first = start_of_day(day);
    let last = next_day(first).saturating_sub(SignedDuration::from_secs(1)).unwrap_or(first);
    let Some(time) = time else { return (first, last) };
    let since_midnight = SignedDuration::from_secs(
        i64::from(time.hour())
            .saturating_mul(3_600)
            .saturating_add(i64::from(time.minute()).saturating_mul(60)),
    );
    let at = first.saturating_add(since_midnight).unwrap_or(first);
    let before = at.saturating_sub(ABOUT).unwrap_or(at).max(first);
    (before, at.saturating_add(ABOUT).unwrap_or(at).min(last))
}
