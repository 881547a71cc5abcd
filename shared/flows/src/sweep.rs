//! The sweep: looks again at every member who is due, and ends what is over.

use crate::each::{Each, Troubles, Whose};
use crate::work::Work;
use crate::{Advanced, Gudok, METRICS, Purpose, RevocationMode, Trouble};
use billing::{Subscription, Uid, kst_date, next_day};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use ledger::{Due, Listed, SHARDS, shard};
use serde::{Deserialize, Serialize};

/// How many members are looked at at once.
pub(crate) const AT_ONCE: usize = 8;

/// So many members one run looks at by itself; when more are due, one run for each shard does.
const ONE_RUN: usize = 500;

/// So many a run of one shard takes up, of those who have paid and of the others: more than there is time for.
const ONE_SHARD: usize = 20_000;

/// A run of one shard ends this many seconds before the timer rings again, so that no two walk the same members.
const BREATH: i64 = 60;

/// The guard lets this many revocations pass whatever the number of members.
const ALWAYS_ALLOWED: usize = 20;

/// Beyond that, one in this many members.
const ONE_IN: u64 = 20;

/// Runs that begin within this many seconds of each other begin with the same members: as often as the
/// catch-up rings.
const TURN: i64 = 600;

/// Which timer rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SweepKind {
    /// 00:10 in Korea: everything due, and revocations.
    Nightly,
    /// Every ten minutes: everything due.
    CatchUp,
}

/// What a sweep did, told on the bus when it did or found something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SweepReport {
    /// When it began.
    pub at: Timestamp,
    /// Which timer rang.
    pub kind: SweepKind,
    /// Members looked at.
    pub looked_at: usize,
    /// Members that something did not answer for, or whose row cannot be read; they stay due.
    pub troubled: usize,
    /// Members there was no time for; they stay due.
    pub left: usize,
    /// Members whose access was taken away.
    pub revoked: usize,
    /// Members whose access is over and was left: in review, or because the guard stopped it.
    pub waiting: usize,
    /// Whether the guard stopped the revocations.
    pub guard_tripped: bool,
    /// Whether more were due than one run looks at, so that a run for each shard does.
    pub shared: bool,
}

impl SweepReport {
    const fn new(kind: SweepKind, at: Timestamp) -> Self {
        Self {
            at,
            kind,
            looked_at: 0,
            troubled: 0,
            left: 0,
            revoked: 0,
            waiting: 0,
            guard_tripped: false,
            shared: false,
        }
    }
}

/// What came of taking access away from some.
pub(crate) struct Revoked {
    /// Whose access is over now.
    pub(crate) ended: Vec<Subscription>,
    /// How many there was no time for.
    pub(crate) left: usize,
    /// How many something did not answer for.
    pub(crate) troubled: usize,
}

/// A member who was due when the sweep began.
struct LookedAt {
    uid: Uid,
    /// When something is to be done next, or since when it is.
    due_at: Option<Timestamp>,
    found: Found,
}

/// What the sweep knows of a member after its look.
enum Found {
    /// There was no time for the look.
    Unasked,
    /// The tables did not answer.
    Unknown,
    /// The row cannot be read.
    Unreadable,
    /// As the look left it.
    As(Option<Box<Subscription>>),
}

impl Gudok {
    /// Looks at every member who is due, until the time given; nobody is begun with after it. Who is left
    /// stays due for the next run (docs/decisions/0011-a-sweep-leaves-the-rest-due.md), which begins with
    /// another part of the members: in each, those waiting longest come first. Where that are too many for one run,
    /// one is begun for each shard (docs/decisions/0034-runs-that-share.md). A run can be repeated or
    /// overlap another without harm.
    ///
    /// # Errors
    /// When the tables do not answer at all. A member's own trouble is counted, logged, and stops nobody
    /// else.
    pub async fn sweep(&self, kind: SweepKind, until: Timestamp) -> Result<SweepReport, Trouble> {
        let mut report = SweepReport::new(kind, self.books.now());
        let at = report.at;
        let nightly = kind == SweepKind::Nightly;
        // Someone whose revocation waits is due again when the next day begins, at the latest.
        let horizon = if nightly { next_day(at) } else { at };
        let today = kst_date(at);
        let may_be_over = |due: &Due| due.may_be_over(today);
        let mut troubles = Troubles::default();
        // Whoever is due need not wait for it, nor it for them.
        if !nightly && let Err(trouble) = self.tell_in_sums(at, &mut troubles).await {
            troubles.note(&Whose::Nobody, trouble, self);
        }
        if !nightly && let Err(trouble) = self.count_days(until, &mut troubles).await {
            troubles.note(&Whose::Nobody, trouble, self);
        }
        let wanted = |due: &Due| due.due_at <= at || may_be_over(due);
        let most = if nightly { usize::MAX } else { ONE_RUN };
        let due = self.due(horizon, most, wanted, &mut troubles).await?;
        report.troubled = troubles.count;
        let (mut now, mut later): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|due| due.due_at <= at);
        report.shared = now.len() > ONE_RUN;
        if report.shared {
            self.tell(now.len(), now.iter().map(|due| due.due_at).min(), 0);
            // At night the catch-ups before and after it do that.
            if !nightly {
                self.share(at).await?;
            }
            later.extend(now.drain(..).filter(may_be_over));
        }
        let first = first_shard(kind, at);
        // Who only opened a checkout, be it by the thousand, keeps nobody waiting who pays.
        now.sort_by_key(|due| (!due.has_paid, turn(shard(&due.uid), first)));
        let looked_at = self.look_at(now, until, &mut report).await;
        if !report.shared {
            self.tell_figures(&looked_at, &report);
        }
        if nightly {
            let over = self.over_at_night(looked_at, later, at, &mut report).await?;
            self.end_what_is_over(over, until, &mut report).await?;
            if let Err(trouble) = self.store_standing().await {
                trouble.log();
            }
        }
        Ok(report)
    }

    /// Looks at the members of one shard who are due, until the time given.
    ///
    /// # Errors
    /// When the tables do not answer at all.
    pub async fn sweep_shard(&self, shard: u8, until: Timestamp) -> Result<SweepReport, Trouble> {
        let mut report = SweepReport::new(SweepKind::CatchUp, self.books.now());
        let mut troubles = Troubles::default();
        let listed = self.due_of(report.at, shard, ONE_SHARD, |_| true).await?;
        let mut due = self.readable(listed, &mut troubles);
        report.troubled = troubles.count;
        due.sort_by_key(|due| (!due.has_paid, due.due_at));
        let looked_at = self.look_at(due, until, &mut report).await;
        self.tell_figures(&looked_at, &report);
        Ok(report)
    }

    /// Has one run begin for each shard, which ends before the timer rings again.
    async fn share(&self, at: Timestamp) -> Result<(), Trouble> {
        let until = at.saturating_add(SignedDuration::from_secs(TURN - BREATH)).unwrap_or(at);
        let runs = (0..SHARDS).map(|shard| self.work(&Work::Shard { shard, until }));
        self.put_events(runs.collect::<Result<_, _>>()?).await
    }

    /// Takes access away where it is over, if the guard and the settings let it, and says so on the bus.
    async fn end_what_is_over(
        &self,
        over: Vec<Uid>,
        until: Timestamp,
        report: &mut SweepReport,
    ) -> Result<(), Trouble> {
        if over.is_empty() {
            return Ok(());
        }
        report.guard_tripped = self.too_many(over.len()).await?;
        if self.books.settings.revocation == RevocationMode::Review || report.guard_tripped {
            report.waiting = over.len();
        } else {
            let revoked = self.revoke_all(over, None, until).await?;
            report.revoked = revoked.ended.len();
            report.left = report.left.saturating_add(revoked.left);
            report.troubled = report.troubled.saturating_add(revoked.troubled);
            // The rest would have to wait for the next night.
            if revoked.left > 0 && report.revoked > 0 {
                self.put_events(vec![self.work(&Work::Nightly)?]).await?;
            }
        }
        let name = if report.guard_tripped { "guard_tripped" } else { "sweep_done" };
        self.put_events(vec![self.event(name, report)?]).await
    }

    /// The figures of whom it looked at.
    fn tell_figures(&self, looked_at: &[LookedAt], report: &SweepReport) {
        let oldest = looked_at.iter().filter_map(|member| member.due_at).min();
        self.tell(looked_at.len(), oldest, report.left);
    }

    /// The sweep's figures: how many were due, and since when whoever waits longest still is.
    fn tell(&self, backlog: usize, oldest: Option<Timestamp>, left: usize) {
        let age =
            oldest.map_or(0, |due| self.books.now().as_second().saturating_sub(due.as_second()));
        tracing::info!(
            target: METRICS,
            EventBus = self.bus.name,
            DueBacklog = backlog,
            DueLeft = left,
            OldestDueAgeSeconds = age.max(0),
        );
    }

    /// Looks at members who are due, until then.
    async fn look_at(
        &self,
        due: Vec<Due>,
        until: Timestamp,
        report: &mut SweepReport,
    ) -> Vec<LookedAt> {
        let looks = due.into_iter().map(|Due { uid, due_at, .. }| {
            let look = async move {
                if self.books.now() >= until {
                    return Ok((
                        LookedAt { uid, due_at: Some(due_at), found: Found::Unasked },
                        None,
                    ));
                }
                let (due_at, found, trouble) = match self.advance(&uid, Purpose::Sweep).await {
                    Err(trouble) if trouble.is_of_a_row() => {
                        (Some(due_at), Found::Unreadable, Some(trouble))
                    }
                    Err(trouble) => (Some(due_at), Found::Unknown, Some(trouble)),
                    Ok(Advanced { subscription, trouble, .. }) => {
                        let due_at = subscription.as_ref().and_then(|found| found.due_at);
                        (due_at, Found::As(subscription.map(Box::new)), trouble)
                    }
                };
                Ok((LookedAt { uid, due_at, found }, trouble))
            };
            (Whose::Nobody, look.boxed())
        });
        let mut troubles = Troubles::default();
        let mut looked_at = Vec::new();
        for (member, trouble) in self.each(AT_ONCE, looks).await.done {
            let counted = match member.found {
                Found::Unasked => &mut report.left,
                Found::Unknown | Found::Unreadable | Found::As(_) => &mut report.looked_at,
            };
            *counted = counted.saturating_add(1);
            if let Some(trouble) = trouble {
                troubles.note(&Whose::Member(member.uid.clone()), trouble, self);
            }
            looked_at.push(member);
        }
        troubles.tell(self);
        report.troubled = report.troubled.saturating_add(troubles.count);
        looked_at
    }

    /// Whose access is over in the nightly run: among those it looked at, and those due later who may wait
    /// for it.
    async fn over_at_night(
        &self,
        looked_at: Vec<LookedAt>,
        later: Vec<Due>,
        at: Timestamp,
        report: &mut SweepReport,
    ) -> Result<Vec<Uid>, Trouble> {
        let mut over = Vec::new();
        // They are counted as troubled already.
        let mut unknown = Vec::new();
        for LookedAt { uid, found, .. } in looked_at {
            match found {
                Found::As(subscription) => {
                    over.extend(subscription.filter(|found| self.is_over(found, at)).map(|_| uid));
                }
                Found::Unknown => unknown.push(uid),
                Found::Unasked | Found::Unreadable => {}
            }
        }
        let mut found = self.read(later.into_iter().map(|due| due.uid).collect()).await;
        report.troubled = report.troubled.saturating_add(found.troubles.count);
        found.add(self.read(unknown).await);
        let found = if over.is_empty() { found.heard()?.done } else { found.done };
        let found = found.into_iter().flatten().filter(|found| self.is_over(found, at));
        over.extend(found.map(|found| found.uid));
        Ok(over)
    }

    /// The members who are due at `at` and `wanted`, those waiting longest first; of each shard at most so many who
    /// have paid and so many others.
    pub(crate) async fn due(
        &self,
        at: Timestamp,
        most: usize,
        wanted: impl Fn(&Due) -> bool + Copy + Send,
        troubles: &mut Troubles,
    ) -> Result<Vec<Due>, Trouble> {
        let mut shards = stream::iter(0..SHARDS)
            .map(|shard| self.due_of(at, shard, most, wanted))
            .buffered(AT_ONCE);
        let mut listed = Listed::default();
        while let Some(shard) = shards.try_next().await? {
            listed.extend(shard);
        }
        let mut due = self.readable(listed, troubles);
        due.sort_by(|one, other| (one.due_at, &one.uid).cmp(&(other.due_at, &other.uid)));
        Ok(due)
    }

    async fn due_of(
        &self,
        at: Timestamp,
        shard: u8,
        most: usize,
        wanted: impl Fn(&Due) -> bool,
    ) -> Result<Listed<Due>, Trouble> {
        let mut due = Listed::default();
        let (mut have_paid, mut others) = (0_usize, 0_usize);
        let mut cursor = None;
        loop {
            let (mut page, next) =
                self.books.ledger.due(at, shard, self.books.settings.page, cursor.as_ref()).await?;
            page.rows.retain(|row| {
                let count = if row.has_paid { &mut have_paid } else { &mut others };
                let is_taken = *count <= most && wanted(row);
                *count = count.saturating_add(usize::from(is_taken));
                is_taken
            });
            due.extend(page);
            match next {
                Some(next) if have_paid <= most => cursor = Some(next),
                Some(_) | None => return Ok(due),
            }
        }
    }

    /// The members whose access is over now. Nothing is done. One whose revocation waits is due again when
    /// the next day begins, at the latest.
    pub(crate) async fn over(&self, at: Timestamp) -> Result<Vec<Subscription>, Trouble> {
        let today = kst_date(at);
        let may_be_over = |due: &Due| due.may_be_over(today);
        let due = self.due(next_day(at), usize::MAX, may_be_over, &mut Troubles::default()).await?;
        self.over_among(due.into_iter().map(|due| due.uid).collect(), at).await
    }

    /// Those among these members whose access is over.
    pub(crate) async fn over_among(
        &self,
        members: Vec<Uid>,
        at: Timestamp,
    ) -> Result<Vec<Subscription>, Trouble> {
        let found = self.read(members).await.heard()?.done.into_iter().flatten();
        Ok(found.filter(|found| self.is_over(found, at)).collect())
    }

    /// The subscriptions of these members.
    pub(crate) async fn read(&self, members: Vec<Uid>) -> Each<Option<Subscription>> {
        let looks = members.into_iter().map(|uid| {
            let whose = Whose::Member(uid.clone());
            (whose, async move { Ok(self.books.ledger.subscription(&uid).await?) }.boxed())
        });
        self.each(AT_ONCE, looks).await
    }

    fn is_over(&self, subscription: &Subscription, at: Timestamp) -> bool {
        subscription.is_revocation_due(at, &self.books.settings.policy)
    }

    /// Takes access away from these, until then, and says from whom it was taken: a look on the way may have
    /// found that somebody paid after all. An admin (`by`) is noted in the journal.
    pub(crate) async fn revoke_all(
        &self,
        over: Vec<Uid>,
        by: Option<&Uid>,
        until: Timestamp,
    ) -> Result<Revoked, Trouble> {
        let looks = over.into_iter().map(|uid| {
            let whose = Whose::Member(uid.clone());
            let look = async move {
                if self.books.now() >= until {
                    return Ok(None);
                }
                let purpose = Purpose::Revoke { by: by.cloned() };
                let advanced = self.advance(&uid, purpose).await?;
                Ok(Some((uid, advanced)))
            };
            (whose, look.boxed())
        });
        let Each { done, mut troubles } = self.each(AT_ONCE, looks).await.heard()?;
        let (mut ended, mut left) = (Vec::new(), 0_usize);
        for advanced in done {
            let Some((uid, Advanced { subscription, trouble, .. })) = advanced else {
                left = left.saturating_add(1);
                continue;
            };
            if let Some(trouble) = trouble {
                troubles.note(&Whose::Member(uid), trouble, self);
            }
            ended.extend(subscription.filter(|subscription| subscription.ended_at.is_some()));
        }
        Ok(Revoked { ended, left, troubled: troubles.count })
    }

    /// The guard: more than the larger of 20 and 5 % of live members at once is more likely our mistake.
    pub(crate) async fn too_many(&self, over: usize) -> Result<bool, Trouble> {
        if over <= ALWAYS_ALLOWED {
            return Ok(false);
        }
        let members = self.books.ledger.count_members().await?;
        Ok(u64::try_from(over).is_ok_and(|over| over.saturating_mul(ONE_IN) > members))
    }
}

/// The shard that a run begins with. Each run begins three further on than the one before, so that two at
/// once do not step on each other's heels and each part of the members comes first in its turn; a nightly run
/// has a place of its own beside the catch-up of the same minutes.
fn first_shard(kind: SweepKind, at: Timestamp) -> u8 {
    let runs = at.as_second().div_euclid(TURN).wrapping_mul(3);
    let runs = runs.wrapping_add(i64::from(kind == SweepKind::Nightly));
    u8::try_from(runs.rem_euclid(i64::from(SHARDS))).unwrap_or_default()
}

/// Where a shard comes when `first` comes first.
fn turn(shard: u8, first: u8) -> u8 {
    if shard >= first {
        shard.saturating_sub(first)
    } else {
        shard.saturating_add(SHARDS).saturating_sub(first)
    }
}
