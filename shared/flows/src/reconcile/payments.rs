//! Payments and billing keys: what Iamport lists against orders, payments and cards of ours, and back.

use super::foreign::Foreign;
use super::{AT_ONCE, Comparison, Finding, FindingKind, LONGEST, PAGE, unrecorded};
use crate::advance::Found;
use crate::each::Whose;
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

/// What of Iamport's lists was seen, in eight bytes each.
#[derive(Debug, Default)]
struct Seen(BTreeSet<u64>);

impl Seen {
    fn insert(&mut self, imp_uid: &ImpUid) -> bool {
        self.0.insert(billing::digest(imp_uid.as_str()))
    }

    fn contains(&self, imp_uid: &ImpUid) -> bool {
        self.0.contains(&billing::digest(imp_uid.as_str()))
    }
}

/// A billing key that its owner does not refer to.
struct Unreferred {
    id: MerchantUid,
    /// Under which it was registered; `None` if its owner was erased.
    order: Option<Order>,
    key: CustomerUid,
}

impl Gudok {
    /// What Iamport lists and we do not hold, and what we hold and Iamport does not know: all records under ids of
    /// ours that were begun on the days, and all of which something was given back, in
    /// full or in part, of the last 360 days: a payment of any age within them may have been given back since the
    /// last comparison.
    pub(super) async fn compare_payments(
        &self,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let (now, end) = (self.books.now(), comparison.end());
        let until = end.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(end).min(now);
        let time = comparison.since()..=until;
        let (mut seen, mut unknown) = (Seen::default(), Records::new());
        self.compare_listed(None, time, (&mut seen, &mut unknown), comparison).await?;
        comparison.report.payments = seen.0.len();
        self.compare_cancelled(now, (&mut seen, &mut unknown), comparison).await?;
        self.compare_unknown(unknown, comparison).await?;
        self.compare_held(&seen, comparison).await
    }

    /// In four lists of 90 days, which is as many as Iamport gives at once.
    async fn compare_cancelled(
        &self,
        now: Timestamp,
        (seen, unknown): (&mut Seen, &mut Records),
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let days = SignedDuration::from_hours(24).saturating_mul(LONGEST);
        let mut to = now;
        for number in 0..LISTS {
            let from = to.saturating_sub(days).unwrap_or(to);
            let status = Some(PaymentStatus::Cancelled);
            let into = (&mut *seen, &mut *unknown);
            match self.compare_listed(status, from..=to, into, comparison).await {
                Ok(()) => {}
                // What is older can wait for the next night, and keeps nothing else from being compared.
                Err(trouble) if number > 0 => {
                    comparison.troubles.note(&Whose::Nobody, trouble, self);
                }
                Err(trouble) => return Err(trouble),
            }
            to = from.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(from);
        }
        Ok(())
    }

    /// A list of Iamport's, page by page. Records under ids that no order has are laid by.
    async fn compare_listed(
        &self,
        status: Option<PaymentStatus>,
        time: RangeInclusive<Timestamp>,
        (seen, unknown): (&mut Seen, &mut Records),
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let all = status.is_none();
        let mut request = PaymentsByStatus::new();
        request.status = status;
        request.from = Some(*time.start());
        request.to = Some(*time.end());
        request.limit = Some(PAGE);
        request.sorting = Some(Sorting::StartedOldestFirst);
        let mut rows = self.iamport.payments_by_status_stream(request);
        let (mut records, mut many) = (Records::new(), 0_u32);
        let mut foreign = Vec::new();
        while let Some(row) = rows.try_next().await? {
            let Some(payment) = self.listed(row, &mut comparison.troubles) else { continue };
            let Ok(id) = payment.merchant_uid.parse::<MerchantUid>() else {
                foreign.extend(Foreign::payment(payment));
                if foreign.len() >= IDS {
                    self.compare_foreign(std::mem::take(&mut foreign), comparison).await?;
                }
                continue;
            };
            match translate::record(payment) {
                // A page may begin with the last row of the one before.
                Ok(record) if !seen.insert(&record.imp_uid) => {}
                Ok(record) => {
                    records.entry(id).or_default().push(record);
                    many = many.saturating_add(1);
                }
                Err(trouble) => comparison.troubles.note(&Whose::Order(id), trouble, self),
            }
            if many == PAGE {
                many = 0;
                let records = std::mem::take(&mut records);
                lay_by(unknown, self.compare_records(records, all, comparison).await?);
            }
        }
        lay_by(unknown, self.compare_records(records, all, comparison).await?);
        self.compare_foreign(foreign, comparison).await
    }

    /// Compares these, with the keys that they left where it is said, and gives those back that no order is known of.
    async fn compare_records(
        &self,
        records: Records,
        with_keys: bool,
        comparison: &mut Comparison,
    ) -> Result<Records, Trouble> {
        let (now, policy) = (self.books.now(), &self.books.settings.policy);
        let registers = |record: &Record| compare::leaves_a_key(record, now, policy);
        let registered = records.iter().filter(|(_, records)| records.iter().any(registers));
        let registered: Vec<MerchantUid> = registered.map(|(id, _)| *id).collect();
        let dry_run = comparison.dry_run();
        let looks = records.into_iter().map(|(id, records)| {
            (Whose::Order(id), self.differing_order(id, records, dry_run).boxed())
        });
        let each = self.each(AT_ONCE, looks).await.heard()?;
        comparison.troubles.add(each.troubles);
        let mut unknown = Records::new();
        for known in each.done {
            match known {
                Ok(findings) => findings.into_iter().for_each(|finding| comparison.add(finding)),
                Err((id, records)) => {
                    unknown.insert(id, records);
                }
            }
        }
        if with_keys {
            self.compare_keys(registered, comparison).await?;
        }
        Ok(unknown)
    }

    /// Orders that we do not know: the journal may know whose they were.
    async fn compare_unknown(
        &self,
        unknown: Records,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let mut runs: BTreeMap<SubscriptionId, Uid> = BTreeMap::new();
        let mut place = (!unknown.is_empty()).then(|| comparison.first_page());
        let wanted: BTreeSet<_> = unknown.keys().filter_map(MerchantUid::subscription).collect();
        while let Some(at) = place {
            let (happened, next) = self.happened(at, comparison).await?;
            runs.extend(happened.runs.into_iter().filter(|(run, _)| wanted.contains(run)));
            place = next;
        }
        let dry_run = comparison.dry_run();
        let looks = unknown.into_iter().map(|(id, records)| {
            let owner = id.subscription().and_then(|run| runs.get(&run).cloned());
            (Whose::Order(id), self.unknown_order(id, records, owner, dry_run).boxed())
        });
        self.take_in(looks, comparison).await
    }

    async fn unknown_order(
        &self,
        id: MerchantUid,
        records: Vec<Record>,
        owner: Option<Uid>,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let what = records.iter().map(|r| format!("{} {:?}", r.imp_uid, r.status));
        let what = what.collect::<Vec<_>>().join(", ");
        let found = match &owner {
            Some(uid) if !dry_run => self.find_order(id, uid, &records).await?,
            Some(_) | None => None,
        };
        let mut findings = vec![Finding {
            kind: FindingKind::UnknownOrder,
            merchant_uid: Some(id),
            uid: owner,
            what,
            mended: found.is_some(),
        }];
        if let Some(order) = found {
            findings.extend(self.differing_known(order, &records, dry_run).await?);
        }
        Ok(findings)
    }

    /// In what an order differs; the records again if there is none.
    async fn differing_order(
        &self,
        id: MerchantUid,
        records: Vec<Record>,
        dry_run: bool,
    ) -> Result<Result<Vec<Finding>, (MerchantUid, Vec<Record>)>, Trouble> {
        if let Some(order) = self.books.ledger.order(&id).await? {
            return Ok(Ok(self.differing_known(order, &records, dry_run).await?));
        }
        let Some(run) = id.subscription() else { return Ok(Err((id, records))) };
        match self.books.ledger.retained(run).await? {
            Some(kept) => {
                Ok(Ok(self.differing_retained((id, run), &records, &kept, dry_run).await?))
            }
            None => Ok(Err((id, records))),
        }
    }

    pub(super) async fn differing_known(
        &self,
        order: Order,
        records: &[Record],
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let id = order.merchant_uid();
        let mut findings = Vec::new();
        for record in records {
            if let Some((kind, what)) = self.difference(&order, record).await? {
                let uid = Some(order.uid().clone());
                findings.push(Finding { kind, merchant_uid: Some(id), uid, what, mended: false });
            }
        }
        if dry_run || findings.is_empty() {
            return Ok(findings);
        }
        if let Err(trouble) = self.look_at_order(&order).await {
            trouble.log_for(order.uid(), self);
            return Ok(findings);
        }
        let order = self.books.ledger.order(&id).await?.unwrap_or(order);
        let mut left = BTreeSet::new();
        for record in records {
            left.extend(self.difference(&order, record).await?);
        }
        for finding in &mut findings {
            finding.mended = !left.contains(&(finding.kind, finding.what.clone()));
        }
        Ok(findings)
    }

    /// In what the payments that are kept of somebody who was erased differ from these records. What was given back
    /// since is noted; of money that moved since, a person has to say whose it is.
    async fn differing_retained(
        &self,
        (id, run): (MerchantUid, SubscriptionId),
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
                    self.books.ledger.note_retained(run, payment, record.cancelled).await?;
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
    async fn compare_keys(
        &self,
        registered: Vec<MerchantUid>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let dry_run = comparison.dry_run();
        let looks = registered.into_iter();
        let looks = looks.map(|id| (Whose::Order(id), self.unreferred(id).boxed()));
        let unreferred = self.each(AT_ONCE, looks).await.heard()?;
        comparison.troubles.add(unreferred.troubles);
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
        self.take_in(looks, comparison).await
    }

    /// The key that was registered under this order, if nothing refers to it.
    async fn unreferred(&self, id: MerchantUid) -> Result<Option<Unreferred>, Trouble> {
        let MerchantUid::Registration { subscription, generation } = id else { return Ok(None) };
        let key = CustomerUid::Ours { subscription, generation };
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

    /// What we hold as paid on the days, and Iamport does not know.
    async fn compare_held(&self, seen: &Seen, comparison: &mut Comparison) -> Result<(), Trouble> {
        // Some were begun before the first day or after the last; Iamport is asked for each.
        let (mut unseen, mut place) = (Vec::new(), Some(comparison.first_page()));
        while let Some(at) = place {
            let (happened, next) = self.happened(at, comparison).await?;
            place = next;
            let paid = happened.paid.into_iter().filter(|(imp_uid, _)| !seen.contains(imp_uid));
            for held in paid {
                unseen.push(held);
                if unseen.len() >= IDS {
                    self.compare_with_iamport(std::mem::take(&mut unseen), comparison).await?;
                }
            }
        }
        self.compare_with_iamport(unseen, comparison).await
    }

    /// Whether Iamport knows these payments, at most 100.
    async fn compare_with_iamport(
        &self,
        some: Vec<(ImpUid, Uid)>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        if some.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = some.iter().map(|(imp_uid, _)| imp_uid.as_str()).collect();
        let known = self.iamport.payments(&ids, &[]).await?;
        let ids = known.iter().filter_map(|row| match row {
            Ok(payment) => Some(payment.imp_uid.as_str()),
            Err(bad) => bad.imp_uid.as_deref(),
        });
        let known: BTreeSet<_> = ids.collect();
        for (imp_uid, uid) in some.iter().filter(|(it, _)| !known.contains(it.as_str())) {
            comparison.add(Finding {
                kind: FindingKind::MissingAtIamport,
                merchant_uid: None,
                uid: Some(uid.clone()),
                what: format!("{imp_uid} is not known to Iamport"),
                mended: false,
            });
        }
        Ok(())
    }
}

fn lay_by(unknown: &mut Records, more: Records) {
    for (id, records) in more {
        unknown.entry(id).or_default().extend(records);
    }
}

fn unrecorded_refund(record: &Record, here: Won) -> (FindingKind, String) {
    let Record { imp_uid, cancelled, .. } = record;
    let what = format!("{imp_uid}: {cancelled} given back at Iamport, {here} here");
    (FindingKind::UnrecordedRefund, what)
}
