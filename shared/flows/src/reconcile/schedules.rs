//! Schedules: what stands at Iamport against what subscriptions carry, both ways.

use super::foreign::Foreign;
use super::{Comparison, Finding, FindingKind, PAGE};
use crate::advance::Found;
use crate::each::Whose;
use crate::{Gudok, Purpose, Trouble, translate};
use billing::compare::{self, ScheduleDiffers, StandingSchedule};
use billing::{MerchantUid, OpenCharge, Order, ScheduleSighting, Uid};
use futures::{FutureExt, TryStreamExt, future::try_join_all};
use iamport::{Schedule, ScheduleStatus, SchedulesInRange};
use jiff::{SignedDuration, Timestamp};
use ledger::{DueCursor, SHARDS};
use std::collections::BTreeMap;
use std::ops::Range;

/// How far ahead schedules are looked at: a period and a little.
const AHEAD: SignedDuration = SignedDuration::from_hours(40 * 24);

/// So many strange ones are looked at together.
const MANY_STRANGE: usize = 1_000;

/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 32;

/// A schedule that a subscription carries.
struct Carried {
    uid: Uid,
    charge: OpenCharge,
    at: Timestamp,
}

impl Gudok {
    /// What stands at Iamport and is not ours to stand, or is ours and does not stand: of the first members who are due
    /// from then on, and at the times at which theirs run. Says from when on the others are due.
    pub(super) async fn compare_schedules(
        &self,
        due_from: Option<Timestamp>,
        comparison: &mut Comparison,
    ) -> Result<Option<Timestamp>, Trouble> {
        let now = self.books.now();
        let ahead = now..now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let slack = self.books.settings.policy.schedule_slack;
        // Whoever has a schedule is due soon after its time at the latest.
        let last = ahead.end.saturating_add(slack).unwrap_or(Timestamp::MAX);
        let from = due_from.unwrap_or(Timestamp::UNIX_EPOCH);
        let (due, end) = self.slice(from..last, comparison).await?;
        let time =
            |due: Timestamp| due.saturating_sub(slack).unwrap_or(due).clamp(ahead.start, ahead.end);
        let mut carried = self.carried_by_all(due, &ahead, comparison).await?;
        self.compare_standing(time(from)..time(end), &mut carried, comparison).await?;
        self.compare_missed(carried, comparison).await?;
        Ok((end < last).then_some(end))
    }

    /// The first members who are due in that time, at least all of a second, and until when they are due.
    async fn slice(
        &self,
        time: Range<Timestamp>,
        comparison: &mut Comparison,
    ) -> Result<(Vec<Uid>, Timestamp), Trouble> {
        let ledger = &self.books.ledger;
        let page = |shard, after: Option<DueCursor>| {
            let time = time.clone();
            async move { ledger.due_in(time, shard, self.books.settings.page, after.as_ref()).await }
        };
        let firsts = try_join_all((0..SHARDS).map(|shard| page(shard, None))).await?;
        let cuts = firsts.iter().filter_map(|(_, next)| next.as_ref()?.due_at());
        let a_second = time.start.saturating_add(SignedDuration::from_secs(1)).unwrap_or(time.end);
        let end = cuts.min().map_or(time.end, |cut| cut.max(a_second));
        let mut slice = Vec::new();
        for (shard, (mut rows, mut next)) in (0..SHARDS).zip(firsts) {
            loop {
                let due = self.readable(rows, &mut comparison.troubles);
                slice.extend(due.into_iter().filter(|it| it.due_at < end).map(|it| it.uid));
                // What cannot be read says no time, and hides nobody behind it.
                let Some(more) = next.filter(|it| it.due_at().is_none_or(|at| at < end)) else {
                    break;
                };
                (rows, next) = page(shard, Some(more)).await?;
            }
        }
        Ok((slice, end))
    }

    /// The schedules of that time that these members carry, by their orders.
    async fn carried_by_all(
        &self,
        members: Vec<Uid>,
        time: &Range<Timestamp>,
        comparison: &mut Comparison,
    ) -> Result<BTreeMap<MerchantUid, Carried>, Trouble> {
        comparison.report.members = comparison.report.members.saturating_add(members.len());
        let looks = members
            .into_iter()
            .map(|uid| (Whose::Member(uid.clone()), self.carried_by(uid, time.clone()).boxed()));
        let carried = self.each(ROWS_AT_ONCE, looks).await.heard()?;
        comparison.troubles.add(carried.troubles);
        let carried = carried.done.into_iter().flatten();
        Ok(carried.map(|ours| (ours.charge.merchant_uid, ours)).collect())
    }

    /// The schedules of that time which a member carries.
    async fn carried_by(&self, uid: Uid, time: Range<Timestamp>) -> Result<Vec<Carried>, Trouble> {
        let charges = self.books.ledger.subscription(&uid).await?.map(|it| it.charges);
        let placed = charges.unwrap_or_default().into_iter().filter_map(|charge| {
            let at = charge.scheduled_at().filter(|at| time.contains(at))?;
            Some(Carried { uid: uid.clone(), charge, at })
        });
        Ok(placed.collect())
    }

    /// What Iamport lists of that time, page by page: what is carried as it stands is ticked off, the rest is looked at.
    async fn compare_standing(
        &self,
        time: Range<Timestamp>,
        carried: &mut BTreeMap<MerchantUid, Carried>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        if time.is_empty() {
            return Ok(());
        }
        let mut request = SchedulesInRange::new(time.start, time.end);
        request.status = Some(ScheduleStatus::Scheduled);
        request.limit = Some(PAGE);
        request.oldest_first = true;
        let mut rows = self.iamport.schedules_stream(request);
        let (mut strange, mut foreign) = (BTreeMap::new(), Vec::new());
        // A page may begin with the last row of the one before.
        let mut last = None;
        while let Some(row) = rows.try_next().await? {
            let Some(schedule) = self.listed(row, &mut comparison.troubles) else { continue };
            let Ok(id) = schedule.merchant_uid.parse::<MerchantUid>() else {
                foreign.extend(Foreign::schedule(&schedule));
                if foreign.len() >= MANY_STRANGE {
                    self.compare_foreign(std::mem::take(&mut foreign), comparison).await?;
                }
                continue;
            };
            if last.replace(id) == Some(id) {
                continue;
            }
            comparison.report.schedules = comparison.report.schedules.saturating_add(1);
            let known = carried.remove(&id).is_some_and(|ours| {
                let (at, amount) = (Some(ours.at), ours.charge.amount);
                translate::standing(&schedule) == StandingSchedule { at, amount }
            });
            if !known {
                strange.insert(id, schedule);
            }
            if strange.len() >= MANY_STRANGE {
                self.look_at_strange(std::mem::take(&mut strange), comparison).await?;
            }
        }
        self.compare_foreign(foreign, comparison).await?;
        self.look_at_strange(strange, comparison).await
    }

    async fn look_at_strange(
        &self,
        strange: BTreeMap<MerchantUid, Schedule>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let dry_run = comparison.dry_run();
        let looks = strange
            .into_iter()
            .map(|(id, it)| (Whose::Order(id), self.strange_schedule(id, it, dry_run).boxed()));
        self.take_in(looks, comparison).await
    }

    /// What has to stand and was not listed, or is of another time than whoever carries it is due: looked up by itself.
    async fn compare_missed(
        &self,
        carried: BTreeMap<MerchantUid, Carried>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let dry_run = comparison.dry_run();
        let missed = carried.into_values().filter(|ours| ours.charge.is_scheduled());
        let looks = missed.map(|ours| {
            let whose = Whose::Member(ours.uid.clone());
            (whose, self.absent_schedule(ours, dry_run).boxed())
        });
        self.take_in(looks, comparison).await
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
    pub(super) async fn look_at_schedule(
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
