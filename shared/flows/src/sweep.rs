//! The sweep: looks again at every member who is due, and ends what is over.

use crate::{Advanced, Gudok, METRICS, Purpose, RevocationMode, Trouble};
use billing::{Subscription, Uid, next_day};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use ledger::SHARDS;
use serde::{Deserialize, Serialize};

/// How many members are looked at at once.
const AT_ONCE: usize = 8;

/// How many members one page of the index holds.
const PAGE: u16 = 100;

/// The guard lets this many revocations pass whatever the number of members.
const ALWAYS_ALLOWED: usize = 20;

/// Beyond that, one in this many members.
const ONE_IN: u64 = 20;

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
    /// Members that something did not answer for; they stay due.
    pub troubled: usize,
    /// Members there was no time for; they stay due.
    pub left: usize,
    /// Members whose access was taken away.
    pub revoked: usize,
    /// Members whose access is over and was left: in review, or because the guard stopped it.
    pub waiting: usize,
    /// Whether the guard stopped the revocations.
    pub guard_tripped: bool,
}

impl SweepReport {
    pub(crate) const fn new(kind: SweepKind, at: Timestamp) -> Self {
        Self {
            at,
            kind,
            looked_at: 0,
            troubled: 0,
            left: 0,
            revoked: 0,
            waiting: 0,
            guard_tripped: false,
        }
    }
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
    /// As the look left it.
    As(Option<Box<Subscription>>),
}

impl Gudok {
    /// Looks at every member who is due, until the time given; nobody is begun with after it. Who is left
    /// stays due, and the next run goes on with those waiting longest
    /// (docs/decisions/0011-a-sweep-leaves-the-rest-due.md). A run can be repeated or overlap another
    /// without harm.
    ///
    /// # Errors
    /// When the tables do not answer. A member's own trouble is counted, logged, and stops nobody else.
    pub async fn sweep(&self, kind: SweepKind, until: Timestamp) -> Result<SweepReport, Trouble> {
        let mut report = SweepReport::new(kind, self.now());
        let at = report.at;
        // Someone whose revocation waits is due again when the next day begins, at the latest.
        let horizon = if kind == SweepKind::Nightly { next_day(at) } else { at };
        let (now, later): (Vec<_>, Vec<_>) =
            self.due(horizon).await?.into_iter().partition(|(due_at, _)| *due_at <= at);
        let looked_at = self.look_at(now, until, &mut report).await;
        self.tell(&looked_at, &report);
        if kind == SweepKind::Nightly {
            let over = self.over_at_night(looked_at, later, at).await?;
            self.end_what_is_over(over, until, &mut report).await?;
        }
        Ok(report)
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
        if self.settings.revocation == RevocationMode::Review || report.guard_tripped {
            report.waiting = over.len();
        } else {
            report.revoked = self.revoke_all(over, None, until, report).await?.len();
        }
        let name = if report.guard_tripped { "guard_tripped" } else { "sweep_done" };
        self.put_events(vec![self.event(name, report)?]).await
    }

    /// The sweep's figures: how many were due, and since when whoever waits longest still is.
    fn tell(&self, looked_at: &[LookedAt], report: &SweepReport) {
        let oldest = looked_at.iter().filter_map(|member| member.due_at).min();
        let age = oldest.map_or(0, |due| self.now().as_second().saturating_sub(due.as_second()));
        tracing::info!(
            target: METRICS,
            EventBus = self.bus.name,
            DueBacklog = looked_at.len(),
            DueLeft = report.left,
            OldestDueAgeSeconds = age.max(0),
        );
    }

    /// Looks at members who are due, until then.
    async fn look_at(
        &self,
        due: Vec<(Timestamp, Uid)>,
        until: Timestamp,
        report: &mut SweepReport,
    ) -> Vec<LookedAt> {
        let advanced: Vec<_> = stream::iter(due)
            .map(|(due_at, uid)| async move {
                if self.now() >= until {
                    return (due_at, uid, None);
                }
                // Boxed, so that the sweep's future holds pointers and not eight loops.
                let advanced = Box::pin(self.advance(&uid, Purpose::Look)).await;
                (due_at, uid, Some(advanced))
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut looked_at = Vec::with_capacity(advanced.len());
        for (due_at, uid, advanced) in advanced {
            let (due_at, found, trouble) = match advanced {
                None => {
                    report.left = report.left.saturating_add(1);
                    (Some(due_at), Found::Unasked, None)
                }
                Some(Err(trouble)) => (Some(due_at), Found::Unknown, Some(trouble)),
                Some(Ok(Advanced { subscription, trouble })) => {
                    let due_at = subscription.as_ref().and_then(|found| found.due_at);
                    (due_at, Found::As(subscription.map(Box::new)), trouble)
                }
            };
            if !matches!(found, Found::Unasked) {
                report.looked_at = report.looked_at.saturating_add(1);
            }
            if let Some(trouble) = trouble {
                trouble.log_for(&uid);
                report.troubled = report.troubled.saturating_add(1);
            }
            looked_at.push(LookedAt { uid, due_at, found });
        }
        looked_at
    }

    /// Whose access is over in the nightly run: among those it looked at, and those due later who may wait
    /// for it.
    async fn over_at_night(
        &self,
        looked_at: Vec<LookedAt>,
        later: Vec<(Timestamp, Uid)>,
        at: Timestamp,
    ) -> Result<Vec<Uid>, Trouble> {
        let mut over = Vec::new();
        let mut unknown = Vec::new();
        for LookedAt { uid, found, .. } in looked_at {
            match found {
                Found::As(subscription) => {
                    over.extend(subscription.filter(|found| self.is_over(found, at)).map(|_| uid));
                }
                Found::Unknown => unknown.push(uid),
                Found::Unasked => {}
            }
        }
        unknown.extend(later.into_iter().map(|(_, uid)| uid));
        over.extend(self.over_among(unknown, at).await?.into_iter().map(|found| found.uid));
        Ok(over)
    }

    /// Every member who is due at `at`, those waiting longest first, with since when.
    pub(crate) async fn due(&self, at: Timestamp) -> Result<Vec<(Timestamp, Uid)>, Trouble> {
        let due: Vec<Vec<(Timestamp, Uid)>> = stream::iter(0..SHARDS)
            .map(|shard| self.due_of(at, shard))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut due: Vec<(Timestamp, Uid)> = due.into_iter().flatten().collect();
        due.sort();
        Ok(due)
    }

    async fn due_of(&self, at: Timestamp, shard: u8) -> Result<Vec<(Timestamp, Uid)>, Trouble> {
        let mut due = Vec::new();
        let mut cursor = None;
        loop {
            let (page, next) = self.ledger.due(at, shard, PAGE, cursor.as_ref()).await?;
            due.extend(page.into_iter().map(|(uid, due_at)| (due_at, uid)));
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(due),
            }
        }
    }

    /// The members whose access is over now. Nothing is done. One whose revocation waits is due again when
    /// the next day begins, at the latest.
    pub(crate) async fn over(&self, at: Timestamp) -> Result<Vec<Subscription>, Trouble> {
        let due = self.due(next_day(at)).await?.into_iter().map(|(_, uid)| uid);
        self.over_among(due.collect(), at).await
    }

    /// Those among these members whose access is over.
    pub(crate) async fn over_among(
        &self,
        members: Vec<Uid>,
        at: Timestamp,
    ) -> Result<Vec<Subscription>, Trouble> {
        let found: Vec<Option<Subscription>> = stream::iter(members)
            .map(|uid| async move { self.ledger.subscription(&uid).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().filter(|found| self.is_over(found, at)).collect())
    }

    fn is_over(&self, subscription: &Subscription, at: Timestamp) -> bool {
        subscription.is_revocation_due(at, &self.settings.policy)
    }

    /// Takes access away from these, until then, and says from whom it was: a look on the way may have
    /// found that somebody paid after all. An admin (`by`) is noted in the journal.
    pub(crate) async fn revoke_all(
        &self,
        over: Vec<Uid>,
        by: Option<&Uid>,
        until: Timestamp,
        report: &mut SweepReport,
    ) -> Result<Vec<Subscription>, Trouble> {
        let advanced: Vec<_> = stream::iter(over)
            .map(|uid| async move {
                if self.now() >= until {
                    return Ok(None);
                }
                let advanced =
                    Box::pin(self.advance(&uid, Purpose::Revoke { by: by.cloned() })).await?;
                Ok::<_, Trouble>(Some((uid, advanced)))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut revoked = Vec::new();
        for advanced in advanced {
            let Some((uid, advanced)) = advanced else {
                report.left = report.left.saturating_add(1);
                continue;
            };
            if let Some(trouble) = advanced.trouble {
                trouble.log_for(&uid);
                report.troubled = report.troubled.saturating_add(1);
            }
            revoked.extend(
                advanced.subscription.filter(|subscription| subscription.ended_at.is_some()),
            );
        }
        Ok(revoked)
    }

    /// The guard: more than the larger of 20 and 5 % of live members at once is more likely our mistake.
    async fn too_many(&self, over: usize) -> Result<bool, Trouble> {
        if over <= ALWAYS_ALLOWED {
            return Ok(false);
        }
        let members = self.ledger.count_watched().await?;
        Ok(u64::try_from(over).is_ok_and(|over| over.saturating_mul(ONE_IN) > members))
    }
}
