//! The search through all states, by `stateright`.

use crate::interleavings::{Interleavings, What};
use crate::property;
use crate::state::State;
use stateright::report::{ReportData, ReportDiscovery, Reporter};
use stateright::{Checker, HasDiscoveries, Model, Property, UniformChooser};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// Something that happens, with what is so then: worked out once.
#[derive(Debug, Clone)]
pub struct Happens {
    /// What it is.
    pub what: What,
    next: Arc<State>,
}

impl PartialEq for Happens {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what && self.next == other.next
    }
}

impl Model for Interleavings {
    type State = State;
    type Action = Happens;

    fn init_states(&self) -> Vec<State> {
        self.beginnings()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Happens>) {
        let all = self.happens(state).into_iter();
        actions.extend(all.map(|(what, next)| Happens { what, next: Arc::new(next) }));
    }

    fn next_state(&self, _: &State, happens: Happens) -> Option<State> {
        Some(Arc::unwrap_or_clone(happens.next))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        use property::Property as It;
        fn always(it: It, holds: fn(&Interleavings, &State) -> bool) -> Property<Interleavings> {
            Property::always(it.sentence(), holds)
        }
        It::ALL
            .into_iter()
            .map(|it| match it {
                It::OncePerPeriod => always(it, |_, at| at.broken != Some(It::OncePerPeriod)),
                It::Booked => always(it, |_, at| at.broken != Some(It::Booked)),
                It::Leaving => always(it, |_, at| at.broken != Some(It::Leaving)),
                It::OneSchedule => always(it, |_, at| at.broken != Some(It::OneSchedule)),
                It::Answered => always(it, |_, at| at.broken != Some(It::Answered)),
                It::OneCaller => always(it, |_, at| at.broken != Some(It::OneCaller)),
                It::Tables => always(it, |_, at| at.broken != Some(It::Tables)),
                It::Access => always(it, |_, at| at.broken != Some(It::Access)),
                It::Nearer => always(it, |_, at| at.broken != Some(It::Nearer)),
                It::Done => always(it, |_, at| at.broken != Some(It::Done)),
            })
            .collect()
    }
}

/// What a search came to.
#[derive(Debug)]
pub struct Searched {
    /// Distinct states.
    pub states: usize,
    /// Steps from one to another.
    pub steps: usize,
    /// The longest path.
    pub depth: usize,
    /// Distinct worlds, from each of which everybody was then heard and nothing was left to do.
    pub worlds: usize,
    /// What is broken, and how it comes to that.
    pub found: Vec<Found>,
}

/// Something broken, with the path that leads there.
#[derive(Debug)]
pub struct Found {
    /// What.
    pub property: &'static str,
    /// How.
    pub path: Vec<What>,
    /// The state before the last of it.
    pub before: Option<State>,
    /// The state in which it is.
    pub last: Option<State>,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Distinct states so far.
    pub states: usize,
    /// The longest path so far.
    pub depth: usize,
    /// For how long.
    pub after: Duration,
}

struct Says<F>(F);

impl<M: Model, F: FnMut(Progress)> Reporter<M> for Says<F> {
    fn report_checking(&mut self, data: ReportData) {
        let ReportData { unique_states: states, max_depth: depth, duration: after, .. } = data;
        self.0(Progress { states, depth, after });
    }

    fn report_discoveries(&mut self, _: &M, _: BTreeMap<&'static str, ReportDiscovery<M>>)
    where
        M::Action: Debug + PartialEq,
        M::State: Debug + Hash + PartialEq,
    {
    }

    fn delay(&self) -> Duration {
        Duration::from_secs(10)
    }
}

/// In which order states are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// To the end of one path, and then of the next: takes little memory.
    Depth,
    /// All that is near before what is far: the shortest way to what is broken comes first.
    Breadth,
    /// Paths by chance from this seed, without an end: reaches everywhere soon, and never all.
    Chance(u64),
}

/// Searches states until something (`until`: this) is found broken, all are, or so much time is over. Without anybody to say it to, nothing
/// is said on the way.
pub fn search(
    model: Interleavings,
    order: Order,
    threads: usize,
    most: Option<Duration>,
    until: Option<property::Property>,
    say: Option<&mut (dyn FnMut(Progress) + Send)>,
) -> Searched {
    let enough = until.map_or(HasDiscoveries::AnyFailures, |property| {
        HasDiscoveries::AnyOf([property.sentence()].into())
    });
    let model = model.checker().threads(threads).finish_when(enough);
    let model = match most {
        Some(most) => model.timeout(most),
        None => model,
    };
    match order {
        Order::Depth => searched(model.spawn_dfs(), say),
        Order::Breadth => searched(model.spawn_bfs(), say),
        Order::Chance(seed) => searched(model.spawn_simulation(seed, UniformChooser), say),
    }
}

fn searched(
    checker: impl Checker<Interleavings> + Send + Sync,
    say: Option<&mut (dyn FnMut(Progress) + Send)>,
) -> Searched {
    let checker = match say {
        None => checker.join(),
        Some(say) => checker.join_and_report(&mut Says(say)),
    };
    let found = checker.discoveries().into_iter().map(|(property, path)| {
        let mut states = path.clone().into_states();
        let path = path.into_actions().into_iter().map(|happens| happens.what).collect();
        Found { property, path, last: states.pop(), before: states.pop() }
    });
    Searched {
        found: found.collect(),
        states: checker.unique_state_count(),
        steps: checker.state_count(),
        depth: checker.max_depth(),
        worlds: checker.model().worlds(),
    }
}
