//! Schedules: what stands at Iamport against what subscriptions carry, both ways.

use super::{Comparison, Finding, FindingKind, PAGE};
use crate::advance::Found;
use crate::each::Whose;
use crate::sweep::DUE_PAGE;
use crate::{Gudok, Purpose, Trouble, translate};
use billing::compare::{self, ScheduleDiffers, StandingSchedule};
use billing::{MerchantUid, OpenCharge, Order, ScheduleSighting, Uid};
use futures::{FutureExt, TryStreamExt};
use iamport::{Schedule, ScheduleStatus, SchedulesInRange};
use jiff::{SignedDuration, Timestamp};
use ledger::{Due, SHARDS};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How far ahead schedules are looked at: a period and a little.
const AHEAD: SignedDuration = SignedDuration::from_hours(40 * 24);

/// So many strange ones are looked at together.
const MANY_STRANGE: usize = 1_000;

/// How many rows are read at once.
const ROWS_AT_ONCE: usize = 32;

/// What was seen of schedules.
#[derive(Default)]
pub(super) struct Schedules {
    /// How many of ours stand at Iamport.
    pub(super) standing: usize,
    /// How many members were looked at.
    pub(super) members: usize,
}

/// A schedule that a subscription carries.
struct Carried {
    uid: Uid,
    charge: OpenCharge,
    at: Timestamp,
}

/// What of schedules that are carried is kept until Iamport's are listed: a few bytes each, by shard, and in each shard by
/// mark.
struct Kept(Vec<Vec<WhereItIs>>);

/// How it was asked for, and where the member who carries it is found again in the index of what is due.
#[derive(Clone, Copy)]
struct WhereItIs {
    mark: u64,
    asked: u32,
    /// In seconds from now.
    due_in: i32,
    /// Whether it is one that has to stand, and was not listed yet.
    is_missed: bool,
}

impl Kept {
    fn find(&mut self, mark: u64) -> Option<&mut WhereItIs> {
        self.0.iter_mut().find_map(|shard| {
            let found = shard.binary_search_by_key(&mark, |place| place.mark).ok()?;
            shard.get_mut(found)
        })
    }
}

/// One number for an order.
fn mark(id: MerchantUid) -> u64 {
    billing::digest(&id.to_string())
}

/// One number for how a schedule is asked for.
fn as_asked(schedule: StandingSchedule) -> u32 {
    let digest = billing::digest(&format!("{:?} {}", schedule.at, schedule.amount));
    u32::try_from(digest >> 32).unwrap_or_default()
}

impl Gudok {
    /// What stands at Iamport and is not ours to stand, or is ours and does not stand.
    pub(super) async fn compare_schedules(
        &self,
        comparison: &mut Comparison,
    ) -> Result<Schedules, Trouble> {
        let now = self.books.now();
        let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let (mut kept, mut seen) = (Kept(Vec::new()), Schedules::default());
        for shard in 0..SHARDS {
            let (members, carried) = self.carried_in(shard, now..until, comparison).await?;
            seen.members = seen.members.saturating_add(members);
            kept.0.push(carried);
        }
        self.compare_standing(now..until, (&mut kept, &mut seen), comparison).await?;
        self.compare_missed(now..until, kept, comparison).await?;
        Ok(seen)
    }

    /// How many members of a shard are due until then, and what they carry. Whoever has a schedule
    /// is due soon after its time at the latest.
    async fn carried_in(
        &self,
        shard: u8,
        time: Range<Timestamp>,
        comparison: &mut Comparison,
    ) -> Result<(usize, Vec<WhereItIs>), Trouble> {
        let slack = self.books.settings.policy.schedule_slack;
        let until = time.end.saturating_add(slack).unwrap_or(Timestamp::MAX);
        let (mut members, mut kept, mut cursor) = (0_usize, Vec::new(), None);
        loop {
            let page = self.books.ledger.due(until, shard, DUE_PAGE, cursor.as_ref()).await?;
            let due = self.readable(page.0, &mut comparison.troubles);
            members = members.saturating_add(due.len());
            let looks = due.into_iter().map(|Due { uid, due_at, .. }| {
                let carried = self.carried_by(uid.clone(), time.clone());
                let look = async move { Ok((due_at, carried.await?)) };
                (Whose::Member(uid), look.boxed())
            });
            let carried = self.each(ROWS_AT_ONCE, looks).await.heard()?;
            comparison.troubles.add(carried.troubles);
            for (due_at, carried) in carried.done {
                let due_in = due_at.as_second().saturating_sub(time.start.as_second());
                let due_in = i32::try_from(due_in).unwrap_or(i32::MAX);
                kept.extend(carried.into_iter().map(|ours| {
                    let (at, amount) = (Some(ours.at), ours.charge.amount);
                    let asked = as_asked(StandingSchedule { at, amount });
                    let is_missed = ours.charge.is_scheduled();
                    WhereItIs { mark: mark(ours.charge.merchant_uid), asked, due_in, is_missed }
                }));
            }
            cursor = page.1;
            if cursor.is_none() {
                kept.sort_unstable_by_key(|place| place.mark);
                return Ok((members, kept));
            }
        }
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

    /// What Iamport lists, page by page: what is carried as it stands is ticked off, the rest is looked at.
    async fn compare_standing(
        &self,
        time: Range<Timestamp>,
        (kept, seen): (&mut Kept, &mut Schedules),
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let mut request = SchedulesInRange::new(time.start, time.end);
        request.status = Some(ScheduleStatus::Scheduled);
        request.limit = Some(PAGE);
        request.oldest_first = true;
        let mut rows = self.iamport.schedules_stream(request);
        let mut strange = BTreeMap::new();
        // A page may begin with the last row of the one before.
        let mut last = None;
        while let Some(row) = rows.try_next().await? {
            let Some(schedule) = self.listed(row, &mut comparison.troubles) else { continue };
            let Ok(id) = schedule.merchant_uid.parse::<MerchantUid>() else { continue };
            if last.replace(id) == Some(id) {
                continue;
            }
            seen.standing = seen.standing.saturating_add(1);
            let known = kept.find(mark(id)).is_some_and(|place| {
                place.is_missed = false;
                place.asked == as_asked(translate::standing(&schedule))
            });
            if !known {
                strange.insert(id, schedule);
            }
            if strange.len() >= MANY_STRANGE {
                self.look_at_strange(std::mem::take(&mut strange), comparison).await?;
            }
        }
        self.look_at_strange(strange, comparison).await
    }

    async fn look_at_strange(
        &self,
        strange: BTreeMap<MerchantUid, Schedule>,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let dry_run = comparison.dry_run;
        let looks = strange
            .into_iter()
            .map(|(id, it)| (Whose::Order(id), self.strange_schedule(id, it, dry_run).boxed()));
        self.take_in(looks, comparison).await
    }

    /// What has to stand and was not listed: whoever carries it is found again, and it is looked up by itself.
    async fn compare_missed(
        &self,
        time: Range<Timestamp>,
        kept: Kept,
        comparison: &mut Comparison,
    ) -> Result<(), Trouble> {
        let mut places: BTreeMap<(u8, i64), BTreeSet<u64>> = BTreeMap::new();
        for (shard, kept) in (0..SHARDS).zip(kept.0) {
            for place in kept.into_iter().filter(|place| place.is_missed) {
                let second = time.start.as_second().saturating_add(i64::from(place.due_in));
                places.entry((shard, second)).or_default().insert(place.mark);
            }
        }
        let dry_run = comparison.dry_run;
        for ((shard, due_second), marks) in places {
            let due = self.due_in_the_second(shard, due_second, comparison).await?;
            let looks = due.into_iter().map(|uid| {
                let (marks, time) = (&marks, time.clone());
                let whose = Whose::Member(uid.clone());
                let look = async move {
                    let mut findings = Vec::new();
                    for ours in self.carried_by(uid, time).await? {
                        if marks.contains(&mark(ours.charge.merchant_uid)) {
                            findings.extend(self.absent_schedule(ours, dry_run).await?);
                        }
                    }
                    Ok(findings)
                };
                (whose, look.boxed())
            });
            self.take_in(looks, comparison).await?;
        }
        Ok(())
    }

    /// Who is due in that second. Whoever is not any more has changed meanwhile, and is looked at the next night.
    async fn due_in_the_second(
        &self,
        shard: u8,
        second: i64,
        comparison: &mut Comparison,
    ) -> Result<Vec<Uid>, Trouble> {
        let second = Timestamp::from_second(second).unwrap_or_default();
        let page = self.books.ledger.due_in(shard, second).await?;
        let due = self.readable(page, &mut comparison.troubles);
        Ok(due.into_iter().map(|due| due.uid).collect())
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
