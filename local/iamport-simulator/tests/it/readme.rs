//! The README lists what there is.

use clap::ValueEnum;
use iamport_simulator::{Card, Switch};

const README: &str = include_str!("../../README.md");

#[test]
fn every_card_and_every_switch_is_in_the_readme() {
    let cards = Card::ALL.iter().map(|card| serde_json::to_value(card).unwrap());
    let switches = Switch::value_variants().iter().map(|it| serde_json::to_value(it).unwrap());
    for name in cards.chain(switches) {
        let name = name.as_str().unwrap().to_owned();
        assert!(README.contains(&format!("`{name}`")), "{name} is missing");
    }
    for switch in Switch::value_variants() {
        let option = switch.to_possible_value().unwrap();
        assert_eq!(serde_json::to_value(switch).unwrap(), option.get_name(), "named the same");
    }
}
