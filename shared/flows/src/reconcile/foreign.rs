//! What another system has done with the keys of members who were taken over from it: it may not be switched off yet.

use super::{Comparison, Finding, FindingKind, unrecorded};
use crate::each::Whose;
use crate::{Gudok, Trouble, translate};
use billing::compare;
use billing::{
    CustomerUid, ForeignKey, ForeignOrder, MerchantUid, Record, ScheduleSighting, Subscription,
    Uid, Won,
};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use iamport::{Payment, Schedule};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// How many owners are asked for at once.
const OWNERS_AT_ONCE: usize = 32;

/// A row of Iamport's lists with a key and an order that are none of ours.
pub(super) struct Foreign {
    key: ForeignKey,
    id: ForeignOrder,
    what: What,
}

enum What {
    /// Money moved.
    Payment(Box<Record>),
    /// It stands, for that moment and amount.
    Schedule(Timestamp, Won),
}

impl Foreign {
    /// A payment with a key of another system's; `None` for any other, and where no money moved.
    pub(super) fn payment(payment: Payment) -> Option<Self> {
        let key = foreign_key(payment.customer_uid.as_deref()?)?;
        let id = payment.merchant_uid.parse().ok()?;
        let record = translate::record(payment).ok().filter(Record::is_money)?;
        Some(Self { key, id, what: What::Payment(Box::new(record)) })
    }

    /// A schedule with a key of another system's.
    pub(super) fn schedule(schedule: &Schedule) -> Option<Self> {
        let key = foreign_key(schedule.customer_uid.as_deref()?)?;
        let id = schedule.merchant_uid.parse().ok()?;
        let what = What::Schedule(schedule.schedule_at?, Won::new(schedule.amount));
        Some(Self { key, id, what })
    }
}

fn foreign_key(customer_uid: &str) -> Option<ForeignKey> {
    match CustomerUid::named(customer_uid).ok()? {
        CustomerUid::Foreign(key) => Some(key),
        CustomerUid::Ours { .. } => None,
    }
}

impl Gudok {
    /// What of these is a member's who was taken over: money of since then comes before a person, and a schedule is taken
    /// back. Whose key nobody has is not looked at.
    pub(super) async fn compare_foreign(
        &self,
        rows: Vec<Foreign>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let keys: BTreeSet<ForeignKey> = rows.iter().map(|row| row.key).collect();
        let owners = stream::iter(keys).map(|key| async move {
            let owner = self.books.ledger.owner_of(&key).await?;
            Ok::<_, Trouble>(owner.map(|uid| (key, uid)))
        });
        let owners: Vec<_> = owners.buffer_unordered(OWNERS_AT_ONCE).try_collect().await?;
        let owners: BTreeMap<ForeignKey, Uid> = owners.into_iter().flatten().collect();
        let dry_run = comparison.dry_run();
        let owned = rows.into_iter().filter_map(|row| Some((owners.get(&row.key)?.clone(), row)));
        let looks = owned.map(|(uid, row)| {
            (Whose::Member(uid.clone()), self.foreign(uid, row, dry_run).boxed())
        });
        self.take_in(looks, comparison).await
    }

    async fn foreign(
        &self,
        uid: Uid,
        row: Foreign,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let id = MerchantUid::Foreign(row.id);
        let Some(member) = self.books.ledger.subscription(&uid).await? else {
            return Ok(Vec::new());
        };
        let order = self.books.ledger.order(&id).await?;
        let (kind, what, amount, at) = match &row.what {
            What::Payment(record) => {
                if member.origin.is_none_or(|origin| !origin.is_after(record)) {
                    return Ok(Vec::new());
                }
                if let Some(order) = order {
                    return self
                        .differing_known(order, std::slice::from_ref(record), dry_run)
                        .await;
                }
                let (kind, what) = unrecorded(record);
                (kind, what, record.amount, None)
            }
            What::Schedule(at, amount) => {
                let standing = compare::StandingSchedule { at: Some(*at), amount: *amount };
                let Some(differs) = compare::standing(id, &member.charges, standing) else {
                    return Ok(Vec::new());
                };
                let what = format!("{amount} at {at}");
                if let Some(order) = order {
                    return self.strange_foreign(order, differs.into(), what, dry_run).await;
                }
                (differs.into(), what, *amount, Some(*at))
            }
        };
        let mended = !dry_run && self.take_up_foreign(&member, row.id, row.key, amount, at).await?;
        Ok(vec![Finding { kind, merchant_uid: Some(id), uid: Some(uid), what, mended }])
    }

    /// One that is known, and stands though it was closed.
    async fn strange_foreign(
        &self,
        order: billing::Order,
        kind: FindingKind,
        what: String,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let (id, uid) = (order.merchant_uid(), order.uid().clone());
        let mut mended = false;
        if !dry_run {
            self.look_at_schedule(order, ScheduleSighting::Standing).await?;
            mended = self.look_up_schedule(id).await? != ScheduleSighting::Standing;
        }
        Ok(vec![Finding { kind, merchant_uid: Some(id), uid: Some(uid), what, mended }])
    }

    /// Has the member's subscription carry it, and goes on from there.
    async fn take_up_foreign(
        &self,
        member: &Subscription,
        id: ForeignOrder,
        key: ForeignKey,
        amount: Won,
        at: Option<Timestamp>,
    ) -> Result<bool, Trouble> {
        let take_up = |change: &mut billing::Change, now| {
            let order = change.subscription.take_up_foreign((id, key), amount, at, now);
            let new = order.is_some();
            change.orders.extend(order);
            Ok(new)
        };
        match self.record(&member.uid, None, take_up).await {
            Ok(Some(after)) => {
                let order = MerchantUid::Foreign(id);
                Ok(at.is_none() || !after.charges.iter().any(|open| open.merchant_uid == order))
            }
            Ok(None) | Err(crate::Error::Denied(_)) => Ok(false),
            Err(crate::Error::Trouble(trouble)) => Err(trouble),
        }
    }
}
