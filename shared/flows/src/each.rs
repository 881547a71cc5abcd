//! One by one: what is done for many, so that the trouble of one is nobody else's.

use crate::{Gudok, Trouble, metrics};
use billing::{MerchantUid, Uid};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesOrdered};
use ledger::{Listed, Unreadable};

/// Whom or what something is done for, as a log may name it.
#[derive(Debug, Clone)]
pub(crate) enum Whose {
    /// A member, by digest.
    Member(Uid),
    /// An order whose member is not known yet.
    Order(MerchantUid),
    /// Nobody in particular.
    Nobody,
}

/// What is done for one; boxed, so that all are of one size and small until they begin.
pub(crate) type Look<'a, T> = BoxFuture<'a, Result<T, Trouble>>;

/// What came of it.
pub(crate) struct Each<T> {
    /// Of those it went well for, in their order.
    pub(crate) done: Vec<T>,
    /// Of the others.
    pub(crate) troubles: Troubles,
}

/// Troubles of single members, each logged once.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    /// How many.
    pub(crate) count: usize,
    /// Of those, how many rows that cannot be read, which no time mends.
    unreadable: u64,
    /// The last one that was the tables' and not the member's.
    silence: Option<Trouble>,
}

impl Gudok {
    /// Does something for each of these, so many at once. Whoever it fails for is logged and counted.
    pub(crate) fn each<'a, T: Send + 'a>(
        &'a self,
        at_once: usize,
        looks: impl Iterator<Item = (Whose, Look<'a, T>)> + Send + 'a,
    ) -> BoxFuture<'a, Each<T>> {
        let mut looks = looks.fuse();
        async move {
            let mut each = Each { done: Vec::new(), troubles: Troubles::default() };
            let mut under_way = FuturesOrdered::new();
            loop {
                while under_way.len() < at_once
                    && let Some((whose, look)) = looks.next()
                {
                    under_way.push_back(async move { (whose, look.await) });
                }
                match under_way.next().await {
                    Some((_, Ok(done))) => each.done.push(done),
                    Some((whose, Err(trouble))) => each.troubles.note(&whose, trouble, self),
                    None => break,
                }
            }
            each.troubles.tell(self);
            each
        }
        .boxed()
    }

    /// The rows of a list that can be read. The others are logged and counted.
    pub(crate) fn readable<T>(&self, listed: Listed<T>, troubles: &mut Troubles) -> Vec<T> {
        let mut unreadable = Troubles::default();
        for Unreadable { uid, error } in listed.unreadable {
            unreadable.note(&uid.map_or(Whose::Nobody, Whose::Member), error.into(), self);
        }
        unreadable.tell(self);
        troubles.add(unreadable);
        listed.rows
    }
}

impl<T> Each<T> {
    /// Adds what came of others.
    pub(crate) fn add(&mut self, others: Self) {
        self.done.extend(others.done);
        self.troubles.add(others.troubles);
    }

    /// The error, if the tables answered for nobody at all.
    pub(crate) fn heard(self) -> Result<Self, Trouble> {
        match self.troubles.silence {
            Some(silence) if self.done.is_empty() => Err(silence),
            Some(_) | None => Ok(self),
        }
    }
}

impl Troubles {
    /// Logs and counts one.
    pub(crate) fn note(&mut self, whose: &Whose, trouble: Trouble, gudok: &Gudok) {
        match whose {
            Whose::Member(uid) => trouble.log_for(uid, gudok),
            Whose::Order(id) => trouble.log_about(*id),
            Whose::Nobody => trouble.log(),
        }
        self.count = self.count.saturating_add(1);
        if trouble.is_of_a_row() {
            self.unreadable = self.unreadable.saturating_add(1);
        } else if let Trouble::Ledger(_) = trouble {
            self.silence = Some(trouble);
        }
    }

    /// Counts and tells one row that cannot be read and was logged.
    pub(crate) fn unreadable(&mut self, gudok: &Gudok) {
        self.count = self.count.saturating_add(1);
        self.unreadable = self.unreadable.saturating_add(1);
        metrics::unreadable(gudok, 1);
    }

    /// Adds others, which were told.
    pub(crate) fn add(&mut self, others: Self) {
        self.count = self.count.saturating_add(others.count);
        self.unreadable = self.unreadable.saturating_add(others.unreadable);
        self.silence = self.silence.take().or(others.silence);
    }

    /// Tells the figure of those that no time mends.
    pub(crate) fn tell(&self, gudok: &Gudok) {
        if self.unreadable > 0 {
            metrics::unreadable(gudok, self.unreadable);
        }
    }
}
