//! Schedules: what stands at Iamport against what subscriptions carry, both ways.

use super::{Finding, FindingKind, PAGE};
use crate::advance::Found;
use crate::each::{Troubles, Whose};
use crate::sweep::AT_ONCE;
use crate::{Gudok, Purpose, Trouble, translate};
use billing::compare::{self, ScheduleDiffers};
use billing::{MerchantUid, OpenCharge, Order, ScheduleSighting, Uid};
use futures::{FutureExt, TryStreamExt};
use iamport::{Schedule, ScheduleStatus, SchedulesInRange};
use jiff::{SignedDuration, Timestamp};
use ledger::Due;
use std::collections::BTreeMap;

/// How far ahead schedules are looked at: a period and a little.
const AHEAD: SignedDuration = SignedDuration::from_hours(40 * 24);

/// What was seen of schedules.
pub(super) struct Schedules {
    /// How many of ours stand at Iamport.
    pub(super) standing: usize,
    /// How many members were looked at.
    pub(super) members: usize,
    /// What differs.
    pub(super) findings: Vec<Finding>,
}

/// A schedule that a subscription carries.
#[derive(Clone)]
struct Carried {
    uid: Uid,
    charge: OpenCharge,
    at: Timestamp,
}

impl Gudok {
    /// What stands at Iamport and is not ours to stand, or is ours and does not stand.
    pub(super) async fn differing_schedules(
        &self,
        dry_run: bool,
        troubles: &mut Troubles,
    ) -> Result<Schedules, Trouble> {
        let now = self.books.now();
        let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let standing = self.standing_schedules(now, until, troubles).await?;
        let (members, carried) = self.carried_schedules(now, until, troubles).await?;
        let count = standing.len();
        let absent: Vec<Carried> = carried
            .values()
            .filter(|ours| {
                ours.charge.is_scheduled() && !standing.contains_key(&ours.charge.merchant_uid)
            })
            .cloned()
            .collect();
        let strange: Vec<(MerchantUid, Schedule)> = standing
            .into_iter()
            .filter(|(id, schedule)| {
                let as_asked =
                    |ours: &Carried| ours.charge.is_scheduled_as(translate::standing(schedule));
                !carried.get(id).is_some_and(as_asked)
            })
            .collect();
        let looks = strange
            .into_iter()
            .map(|(id, it)| (Whose::Order(id), self.strange_schedule(id, it, dry_run).boxed()));
        let mut findings = self.findings(looks, troubles).await?;
        let looks = absent.into_iter().map(|ours| {
            (Whose::Member(ours.uid.clone()), self.absent_schedule(ours, dry_run).boxed())
        });
        findings.extend(self.findings(looks, troubles).await?);
        Ok(Schedules { standing: count, members, findings })
    }

    async fn standing_schedules(
        &self,
        from: Timestamp,
        to: Timestamp,
        troubles: &mut Troubles,
    ) -> Result<BTreeMap<MerchantUid, Schedule>, Trouble> {
        let mut request = SchedulesInRange::new(from, to);
        request.status = Some(ScheduleStatus::Scheduled);
        request.limit = Some(PAGE);
        request.oldest_first = true;
        let mut rows = self.iamport.schedules_stream(request);
        let mut standing = BTreeMap::new();
        while let Some(row) = rows.try_next().await? {
            let Some(schedule) = self.listed(row, troubles) else { continue };
            if let Ok(id) = schedule.merchant_uid.parse() {
                standing.insert(id, schedule);
            }
        }
        Ok(standing)
    }

    /// How many members are due until then, and the schedules they carry. Whoever has a schedule is due soon
    /// after its time at the latest.
    async fn carried_schedules(
        &self,
        now: Timestamp,
        until: Timestamp,
        troubles: &mut Troubles,
    ) -> Result<(usize, BTreeMap<MerchantUid, Carried>), Trouble> {
        let slack = self.books.settings.policy.schedule_slack;
        let due = until.saturating_add(slack).unwrap_or(Timestamp::MAX);
        let due = self.due(due, usize::MAX, |_| true, troubles).await?;
        let count = due.len();
        let looks = due.into_iter().map(|Due { uid, .. }| {
            let whose = Whose::Member(uid.clone());
            let look = async move {
                let charges = self.books.ledger.subscription(&uid).await?.map(|it| it.charges);
                let placed = charges.unwrap_or_default().into_iter().filter_map(|charge| {
                    let at = charge.scheduled_at().filter(|at| (now..until).contains(at))?;
                    Some((charge.merchant_uid, Carried { uid: uid.clone(), charge, at }))
                });
                Ok(placed.collect::<Vec<_>>())
            };
            (whose, look.boxed())
        });
        let carried = self.each(AT_ONCE, looks).await.heard()?;
        troubles.add(carried.troubles);
        Ok((count, carried.done.into_iter().flatten().collect()))
    }

    /// A schedule at Iamport that was not among those carried: looked at once more, then taken back.
    async fn strange_schedule(
        &self,
        id: MerchantUid,
        schedule: Schedule,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let at = schedule.schedule_at.map_or_else(|| "no time".to_owned(), |at| at.to_string());
        let what = format!("{} won at {at}", schedule.amount);
        let finding = |kind, uid, mended| {
            Ok(vec![Finding { kind, merchant_uid: Some(id), uid, what: what.clone(), mended }])
        };
        let Some(order) = self.books.ledger.order(&id).await? else {
            return finding(FindingKind::OrphanedSchedule, None, false);
        };
        let uid = order.uid().clone();
        let subscription = self.books.ledger.subscription(&uid).await?;
        let charges = subscription.map(|it| it.charges).unwrap_or_default();
        let differs = compare::standing(id, &charges, translate::standing(&schedule));
        let Some(differs) = differs else { return Ok(Vec::new()) };
        let mut mended = false;
        // One that was changed is only told.
        if !dry_run && differs != ScheduleDiffers::Changed {
            match self.look_at_schedule(order, ScheduleSighting::Standing).await {
                Ok(()) => mended = self.look_up_schedule(id).await? != ScheduleSighting::Standing,
                Err(trouble) => trouble.log_for(&uid, self),
            }
        }
        finding(differs.into(), Some(uid), mended)
    }

    /// A schedule of ours that Iamport did not list: asked for by itself, and planned anew by the loop if it
    /// is gone. One that was moved out of sight is told.
    async fn absent_schedule(
        &self,
        Carried { uid, charge, at }: Carried,
        dry_run: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let id = charge.merchant_uid;
        let schedule = self.schedule_of(id).await?;
        let sighting = schedule.as_ref().map_or(ScheduleSighting::Missing, translate::sighting);
        let differs =
            compare::carried(&charge, &sighting, schedule.as_ref().map(translate::standing));
        let Some(differs) = differs else { return Ok(Vec::new()) };
        if !self.carries(&uid, id).await? {
            return Ok(Vec::new());
        }
        let mut mended = false;
        if !dry_run {
            let order = Order::Charge { uid: uid.clone(), charge: charge.clone().into() };
            match self.look_at_schedule(order, sighting).await {
                Ok(()) => mended = !self.carries(&uid, id).await?,
                Err(trouble) => trouble.log_for(&uid, self),
            }
        }
        Ok(vec![Finding {
            kind: differs.into(),
            merchant_uid: Some(id),
            uid: Some(uid.clone()),
            what: format!("{} at {at}", charge.amount),
            mended,
        }])
    }

    /// Points the loop at an order, with what was seen of its schedule.
    async fn look_at_schedule(
        &self,
        order: Order,
        sighting: ScheduleSighting,
    ) -> Result<(), Trouble> {
        let uid = order.uid().clone();
        let found = Found { order, records: None, schedule: Some(sighting) };
        let advanced = Box::pin(self.advance_with(&uid, Some(found), Purpose::Look)).await?;
        advanced.trouble.map_or(Ok(()), Err)
    }

    async fn carries(&self, uid: &Uid, id: MerchantUid) -> Result<bool, Trouble> {
        let subscription = self.books.ledger.subscription(uid).await?;
        let placed = |charge: &OpenCharge| charge.merchant_uid == id && charge.is_scheduled();
        Ok(subscription.is_some_and(|it| it.charges.iter().any(placed)))
    }
}

impl From<ScheduleDiffers> for FindingKind {
    fn from(differs: ScheduleDiffers) -> Self {
        match differs {
            ScheduleDiffers::Orphaned => Self::OrphanedSchedule,
            ScheduleDiffers::Double => Self::DoubleSchedule,
            ScheduleDiffers::Changed => Self::ChangedSchedule,
            ScheduleDiffers::Missing => Self::MissingSchedule,
        }
    }
}
