//! That the model holds within small bounds, and that each of its properties can fail.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use model::{Interleavings, Left, Order, Planted, Property, Rules, Searched, search};
use std::time::{Duration, Instant};

fn model(left: Left, planted: Option<Planted>) -> Interleavings {
    Interleavings::new(Rules::new().unwrap(), left, planted)
}

#[test]
fn each_planted_bug_is_found_by_the_property_that_it_is_for() {
    let left = Left { faults: 1, declines: 1, wishes: 2, acts: 1, console: 1, jumps: 2 };
    for (bug, property) in Planted::ALL {
        let started = Instant::now();
        let most = Some(Duration::from_secs(60));
        let Searched { found, states, .. } =
            search(model(left, Some(bug)), Order::Chance(1), 1, most, Some(property), None);
        let found: Vec<_> = found.iter().map(|found| found.property).collect();
        println!("{bug:?}: {states} states, {:?} {found:?}", started.elapsed());
        assert!(found.contains(&property.sentence()), "{bug:?} is found by {found:?}");
    }
}
