//! Payments and billing keys: what Iamport lists against orders, payments and cards of ours, and back.

use super::{AT_ONCE, Finding, FindingKind, LONGEST, PAGE};
use crate::advance::Found;
use crate::each::{Troubles, Whose};
use crate::{Error, Gudok, Purpose, Trouble, translate};
use billing::compare::{self, Claim, PaymentDiffers};
use billing::{
    Change, CustomerUid, ImpUid, MerchantUid, Order, Record, Refundable, SubscriptionId, Uid, Won,
};
use futures::{FutureExt, TryStreamExt};
use iamport::{PaymentStatus, PaymentsByStatus, Sorting};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// The most ids that Iamport takes in one request.
const IDS: usize = 100;

/// How many of Iamport's lists are read for what was given back.
const LISTS: usize = 4;

/// Records by order.
type Records = BTreeMap<MerchantUid, Vec<Record>>;

/// What Iamport lists, as far as it is ours.
pub(super) struct Listed {
    /// What was begun in the time that is compared, by order.
    begun: Records,
    /// What something was given back of in the last 360 days, by order.
    cancelled: Records,
    /// The ids of what was begun.
    pub(super) imp_uids: BTreeSet<ImpUid>,
}

/// A billing key that its owner does not refer to.
struct Unreferred {
    id: MerchantUid,
    /// Under which it was registered; `None` if its owner was erased.
    order: Option<Order>,
    key: CustomerUid,
}

impl Gudok {
    /// All records under ids of ours that were begun in this time, and all of which something was given back, in
    /// full or in part, of the last 360 days: a payment of any age within them may have been given back since the
    /// last comparison.
    pub(super) async fn listed_payments(
        &self,
        time: RangeInclusive<Timestamp>,
        now: Timestamp,
        troubles: &mut Troubles,
    ) -> Result<Listed, Trouble> {
        let (mut begun, mut imp_uids) = (Records::new(), BTreeSet::new());
        for (id, record) in self.list(None, time, troubles).await? {
            // A page may begin with the last row of the one before.
            if imp_uids.insert(record.imp_uid.clone()) {
                begun.entry(id).or_default().push(record);
            }
        }
        let cancelled = self.cancelled_payments(now, troubles).await?;
        Ok(Listed { begun, cancelled, imp_uids })
    }

    /// In four lists of 90 days, which is as many as Iamport gives at once.
    async fn cancelled_payments(
        &self,
        now: Timestamp,
        troubles: &mut Troubles,
    ) -> Result<Records, Trouble> {
        let days = SignedDuration::from_hours(24).saturating_mul(LONGEST);
        let (mut cancelled, mut to) = (Records::new(), now);
        for number in 0..LISTS {
            let from = to.saturating_sub(days).unwrap_or(to);
            match self.list(Some(PaymentStatus::Cancelled), from..=to, troubles).await {
                Ok(listed) => {
                    for (id, record) in listed {
                        cancelled.entry(id).or_default().push(record);
                    }
                }
                // What is older can wait for the next night, and keeps nothing else from being compared.
                Err(trouble) if number > 0 => troubles.note(&Whose::Nobody, trouble, self),
                Err(trouble) => return Err(trouble),
            }
            to = from.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(from);
        }
        Ok(cancelled)
    }

    async fn list(
        &self,
        status: Option<PaymentStatus>,
        time: RangeInclusive<Timestamp>,
        troubles: &mut Troubles,
    ) -> Result<Vec<(MerchantUid, Record)>, Trouble> {
        let mut request = PaymentsByStatus::new();
        request.status = status;
        request.from = Some(*time.start());
        request.to = Some(*time.end());
        request.limit = Some(PAGE);
        request.sorting = Some(Sorting::StartedOldestFirst);
        let mut rows = self.iamport.payments_by_status_stream(request);
        let mut listed = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let Some(payment) = self.listed(row, troubles) else { continue };
            let Ok(id) = payment.merchant_uid.parse::<MerchantUid>() else { continue };
            match translate::record(payment) {
                Ok(record) => listed.push((id, record)),
                Err(trouble) => troubles.note(&Whose::Order(id), trouble, self),
            }
        }
        Ok(listed)
    }

    /// What Iamport lists and we do not hold.
    pub(super) async fn differing_payments(
        &self,
        Listed { begun: mut ours, cancelled, .. }: Listed,
        runs: &BTreeMap<SubscriptionId, Uid>,
        dry_run: bool,
        troubles: &mut Troubles,
    ) -> Result<Vec<Finding>, Trouble> {
        let (now, policy) = (self.books.now(), &self.books.settings.policy);
        let registers = |record: &Record| compare::leaves_a_key(record, now, policy);
        let registered = ours.iter().filter(|(_, records)| records.iter().any(registers));
        let registered: Vec<MerchantUid> = registered.map(|(id, _)| *id).collect();
        for (id, records) in cancelled {
            let listed = ours.entry(id).or_default();
            for record in records {
                if !listed.iter().any(|other| other.imp_uid == record.imp_uid) {
                    listed.push(record);
                }
            }
        }
        let looks = ours.into_iter().map(|(id, rows)| {
            let owner = runs.get(&id.subscription()).cloned();
            (Whose::Order(id), self.differing_order(id, rows, owner, dry_run).boxed())
        });
        let mut findings = self.findings(looks, troubles).await?;
        findings.extend(self.orphaned_keys(registered, dry_run, troubles).await?);
        Ok(findings)
    }

    async fn differing_order(
        &self,
        id: MerchantUid,
        records: Vec<Record>,
        owner: Option<Uid>,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let mut findings = Vec::new();
        let mut order = self.books.ledger.order(&id).await?;
        if order.is_none()
            && let Some(kept) = self.books.ledger.retained(id.subscription()).await?
        {
            return self.differing_retained(id, &records, &kept, dry_run).await;
        }
        if order.is_none() {
            if let (Some(uid), false) = (&owner, dry_run) {
                order = self.find_order(id, uid, &records).await?;
            }
            let what = records.iter().map(|r| format!("{} {:?}", r.imp_uid, r.status));
            findings.push(Finding {
                kind: FindingKind::UnknownOrder,
                merchant_uid: Some(id),
                uid: owner,
                what: what.collect::<Vec<_>>().join(", "),
                mended: order.is_some(),
            });
        }
        let Some(order) = order else { return Ok(findings) };
        let lost = findings.len();
        for record in &records {
            if let Some((kind, what)) = self.difference(&order, record).await? {
                let uid = Some(order.uid().clone());
                findings.push(Finding { kind, merchant_uid: Some(id), uid, what, mended: false });
            }
        }
        if dry_run || findings.len() == lost {
            return Ok(findings);
        }
        if let Err(trouble) = self.look_at_order(&order).await {
            trouble.log_for(order.uid(), self);
            return Ok(findings);
        }
        let order = self.books.ledger.order(&id).await?.unwrap_or(order);
        let mut left = BTreeSet::new();
        for record in &records {
            left.extend(self.difference(&order, record).await?);
        }
        for finding in findings.iter_mut().skip(lost) {
            finding.mended = !left.contains(&(finding.kind, finding.what.clone()));
        }
        Ok(findings)
    }

    /// In what the payments that are kept of somebody who was erased differ from these records. What was given back
    /// since is noted; of money that moved since, a person has to say whose it is.
    async fn differing_retained(
        &self,
        id: MerchantUid,
        records: &[Record],
        kept: &[Refundable],
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let mut findings = Vec::new();
        for record in records {
            let payment = kept.iter().find(|payment| payment.imp_uid == record.imp_uid);
            let (kind, what) = match compare::retained(record, payment) {
                None => continue,
                Some(PaymentDiffers::Unrecorded) => unrecorded(record),
                Some(PaymentDiffers::GivenBack { here }) => unrecorded_refund(record, here),
            };
            let mended = match payment {
                Some(payment) if !dry_run => {
                    self.books.ledger.note_retained(payment, record.cancelled).await?;
                    true
                }
                Some(_) | None => false,
            };
            findings.push(Finding { kind, merchant_uid: Some(id), uid: None, what, mended });
        }
        Ok(findings)
    }

    /// Points the loop at an order, with all that Iamport has under it.
    async fn look_at_order(&self, order: &Order) -> Result<(), Trouble> {
        let records = Some(self.look_up(order.merchant_uid()).await?);
        let found = Found { order: order.clone(), records, schedule: None };
        let advanced = Box::pin(self.advance_with(order.uid(), Some(found), Purpose::Look)).await?;
        advanced.trouble.map_or(Ok(()), Err)
    }

    /// In what our books differ from a record; `None` also while the loop has it in hand.
    async fn difference(
        &self,
        order: &Order,
        record: &Record,
    ) -> Result<Option<(FindingKind, String)>, Trouble> {
        let uid = order.uid();
        let differs =
            match compare::claim(order, record, self.books.now(), &self.books.settings.policy) {
                Claim::Nothing => None,
                Claim::Unrecorded => Some(PaymentDiffers::Unrecorded),
                Claim::Row { paid_at } => {
                    let row = self.books.ledger.payment(uid, paid_at, &record.imp_uid).await?;
                    compare::payment(record, row.map(|row| row.refunded))
                }
            };
        Ok(match differs {
            None => None,
            Some(PaymentDiffers::Unrecorded) => Some(unrecorded(record)),
            Some(PaymentDiffers::GivenBack { here }) => {
                let subscription = self.books.ledger.subscription(uid).await?;
                let in_hand = subscription.is_some_and(|it| it.owes_back(&record.imp_uid));
                (!in_hand).then(|| unrecorded_refund(record, here))
            }
        })
    }

    /// Keys at Iamport whose registration is one of these and that nothing of ours refers to.
    async fn orphaned_keys(
        &self,
        registered: Vec<MerchantUid>,
        dry_run: bool,
        troubles: &mut Troubles,
    ) -> Result<Vec<Finding>, Trouble> {
        let looks = registered.into_iter();
        let looks = looks.map(|id| (Whose::Order(id), self.unreferred(id).boxed()));
        let unreferred = self.each(AT_ONCE, looks).await.heard()?;
        troubles.add(unreferred.troubles);
        let mut unreferred: Vec<Unreferred> = unreferred.done.into_iter().flatten().collect();
        let mut standing = BTreeSet::new();
        for some in unreferred.chunks(IDS) {
            let keys = some.iter().map(|one| one.key.to_string()).collect();
            standing.extend(self.standing_keys(keys).await?);
        }
        unreferred.retain(|one| standing.contains(&one.key));
        let looks = unreferred
            .into_iter()
            .map(|orphan| (Whose::Order(orphan.id), self.orphaned_key(orphan, dry_run).boxed()));
        self.findings(looks, troubles).await
    }

    /// The key that was registered under this order, if nothing refers to it.
    async fn unreferred(&self, id: MerchantUid) -> Result<Option<Unreferred>, Trouble> {
        let MerchantUid::Registration { subscription, generation } = id else { return Ok(None) };
        let key = CustomerUid { subscription, generation };
        let Some(order) = self.books.ledger.order(&id).await? else {
            // Somebody who was erased since has used an old window once more.
            let erased = self.books.ledger.retained(subscription).await?.is_some();
            return Ok(erased.then_some(Unreferred { id, order: None, key }));
        };
        let subscription = self.books.ledger.subscription(order.uid()).await?;
        let referred = subscription.is_some_and(|it| it.refers_to(key));
        Ok((!referred).then_some(Unreferred { id, order: Some(order), key }))
    }

    /// Which of these keys (at most 100) Iamport has.
    async fn standing_keys(&self, keys: Vec<String>) -> Result<BTreeSet<CustomerUid>, Trouble> {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let customers = self.iamport.customers(&keys).await?;
        let ids = customers.iter().filter_map(|row| match row {
            Ok(customer) => Some(&customer.customer_uid),
            Err(bad) => bad.customer_uid.as_ref(),
        });
        Ok(ids.filter_map(|id| id.parse().ok()).collect())
    }

    /// Has the loop take the key for a card, if that is what it was registered for, or else delete it.
    async fn orphaned_key(
        &self,
        Unreferred { id, order, key }: Unreferred,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let mut mended = false;
        if !dry_run {
            let settled = match &order {
                Some(order) => Box::pin(self.settle_key(order, key)).await,
                None => self.delete_key(key).await.map(|()| true),
            };
            match settled {
                Ok(settled) => mended = settled,
                Err(trouble) => trouble.log_about(id),
            }
        }
        Ok(vec![Finding {
            kind: FindingKind::OrphanedKey,
            merchant_uid: Some(id),
            uid: order.map(|order| order.uid().clone()),
            what: format!("{key} exists"),
            mended,
        }])
    }

    /// Whether the key is referred to, or gone, in the end.
    async fn settle_key(&self, order: &Order, key: CustomerUid) -> Result<bool, Trouble> {
        self.look_at_order(order).await?;
        if self.unreferred(order.merchant_uid()).await?.is_none() {
            return Ok(true);
        }
        let disown = |change: &mut Change, _| {
            let news = !change.subscription.refers_to(key);
            if news {
                change.subscription.unwanted_keys.push(key);
            }
            Ok(news)
        };
        match self.record(order.uid(), None, disown).await {
            Ok(Some(_)) => {}
            // Nobody is left who could own it.
            Ok(None) | Err(Error::Denied(_)) => return Ok(false),
            Err(Error::Trouble(trouble)) => return Err(trouble),
        }
        Ok(self.standing_keys(vec![key.to_string()]).await?.is_empty())
    }

    /// What we hold as paid, and Iamport does not know.
    pub(super) async fn missing_payments(
        &self,
        mut held: BTreeMap<ImpUid, Uid>,
        listed: &BTreeSet<ImpUid>,
    ) -> Result<Vec<Finding>, Trouble> {
        held.retain(|imp_uid, _| !listed.contains(imp_uid));
        // Some were begun before the first day or after the last; Iamport is asked for each.
        let held: Vec<_> = held.into_iter().collect();
        let mut missing = Vec::new();
        for some in held.chunks(IDS) {
            let ids: Vec<&str> = some.iter().map(|(imp_uid, _)| imp_uid.as_str()).collect();
            let known = self.iamport.payments(&ids, &[]).await?;
            let ids = known.iter().filter_map(|row| match row {
                Ok(payment) => Some(payment.imp_uid.as_str()),
                Err(bad) => bad.imp_uid.as_deref(),
            });
            let known: BTreeSet<_> = ids.collect();
            let unknown = some.iter().filter(|(imp_uid, _)| !known.contains(imp_uid.as_str()));
            missing.extend(unknown.map(|(imp_uid, uid)| Finding {
                kind: FindingKind::MissingAtIamport,
                merchant_uid: None,
                uid: Some(uid.clone()),
                what: format!("{imp_uid} is not known to Iamport"),
                mended: false,
            }));
        }
        Ok(missing)
    }
}

fn unrecorded(record: &Record) -> (FindingKind, String) {
    let Record { imp_uid, amount, at, .. } = record;
    let at = at.map_or_else(|| "a time that Iamport does not say".to_owned(), |at| at.to_string());
    (FindingKind::UnrecordedPayment, format!("{imp_uid}: {amount} at {at}"))
}

fn unrecorded_refund(record: &Record, here: Won) -> (FindingKind, String) {
    let Record { imp_uid, cancelled, .. } = record;
    let what = format!("{imp_uid}: {cancelled} given back at Iamport, {here} here");
    (FindingKind::UnrecordedRefund, what)
}
