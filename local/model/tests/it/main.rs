//! That the model holds within small bounds, and that each of its properties can fail.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use model::{Interleavings, Left, Order, Planted, Property, Rules, SMALL, search};
use std::collections::BTreeSet;

fn model(left: Left, planted: Option<Planted>) -> Interleavings {
    Interleavings::new(Rules::new().unwrap(), left, planted)
}

#[test]
fn every_interleaving_within_small_bounds_keeps_what_must_hold() {
    let searched = search(model(SMALL, None), Order::Depth, 1, None, None, None);
    let found: Vec<_> = searched.found.iter().map(|it| (it.property, &it.path)).collect();
    assert!(found.is_empty(), "{found:#?}");
    assert!(searched.states > 4_000, "{}", searched.states);
}

#[test]
fn each_planted_bug_is_found_by_the_property_that_it_is_for() {
    for (bug, property) in Planted::ALL {
        let searched =
            search(model(bug.harms(), Some(bug)), Order::Breadth, 1, None, Some(property), None);
        let found: Vec<_> = searched.found.iter().map(|found| found.property).collect();
        assert!(found.contains(&property.sentence()), "{bug:?} is found by {found:?}");
    }
}

#[test]
fn each_property_has_a_bug_that_it_finds() {
    let finds: BTreeSet<Property> =
        Planted::ALL.into_iter().map(|(_, property)| property).collect();
    assert_eq!(finds, Property::ALL.into_iter().collect());
}
