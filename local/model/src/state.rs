//! A state: the world, the runs that are under way, what may still go wrong, and what was found broken on the way here.

use crate::hashed::Hashed;
use crate::property::Property;
use crate::run::Run;
use crate::tables::STALE;
use crate::world::World;
use billing::{Announcement, Subscription};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How often each kind of thing may still happen on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Left {
    /// A call, a write or a run that goes wrong.
    pub faults: u8,
    /// A charge that the bank declines.
    pub declines: u8,
    /// What the member asks for.
    pub wishes: u8,
    /// What an operator does.
    pub acts: u8,
    /// What somebody does at Iamport's console, or in a way that was never offered.
    pub console: u8,
    /// A jump of time.
    pub jumps: u8,
}

/// One state. Two that differ only in which run is which are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// All that is outside of the runs.
    pub world: World,
    /// The runs that are under way, two at most.
    pub runs: Vec<Run>,
    /// What may still happen.
    pub left: Left,
    /// Whether a call that moves money, or will, arrived after it was given up: then two may be kept until somebody has
    /// heard of the second.
    pub late: bool,
    /// What was found broken.
    pub broken: Option<Property>,
}

impl State {
    /// Puts what makes no difference in one order: whoever read a row that was written since holds a stale one, news are
    /// called by where they first stand, and the runs are sorted.
    pub fn canonical(mut self) -> Self {
        let row = self.world.tables.row.clone();
        for run in &mut self.runs {
            if let Some(read) = &run.row
                && row.as_ref() != Some(read)
                && read.version != STALE
            {
                let stale = Hashed::new(Subscription { version: STALE, ..(**read).clone() });
                *run = run.clone().knowing_more();
                run.row = Some(stale);
            }
        }
        self.runs.sort_by_cached_key(|run| {
            let mut hasher = DefaultHasher::new();
            run.hash(&mut hasher);
            hasher.finish()
        });
        let rows = row.iter().chain(self.runs.iter().filter_map(|run| run.row.as_ref()));
        let mut ids: Vec<String> = Vec::new();
        for news in rows.flat_map(|row| &row.outbox) {
            if !ids.contains(&news.id) {
                ids.push(news.id.clone());
            }
        }
        let is_called = ids.iter().enumerate().all(|(number, id)| *id == called(number));
        if !is_called {
            self.world.tables.row = row.map(|row| renamed(&row, &ids));
        }
        for run in &mut self.runs {
            if !is_called {
                let row = run.row.as_ref().map(|row| renamed(row, &ids));
                *run = run.clone().knowing_more();
                run.row = row;
            }
            let announced = &run.seen.announced;
            if !is_called && !announced.is_empty() || announced.iter().any(|id| !ids.contains(id)) {
                let mut seen = (*run.seen).clone();
                let still = announced.iter().filter_map(|id| name_of(id, &ids));
                seen.announced = still.collect();
                run.seen = Hashed::new(seen);
            }
        }
        self
    }
}

fn called(number: usize) -> String {
    format!("n{number}")
}

fn name_of(id: &str, ids: &[String]) -> Option<String> {
    ids.iter().position(|known| known == id).map(called)
}

fn renamed(row: &Subscription, ids: &[String]) -> Hashed<Subscription> {
    let mut row = row.clone();
    let named = |news: Announcement| {
        let id = name_of(&news.id, ids).unwrap_or_default();
        Announcement { id, ..news }
    };
    row.outbox = row.outbox.into_iter().map(named).collect();
    Hashed::new(row)
}
