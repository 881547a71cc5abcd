//! The code beside its specification (`shared/billing/spec`): in every situation that is met both bring about the same.
//!
//! A case is one look at a member, in a history that is generated from a seed, with partners that answer by facts. What
//! differs is made smaller and told. `make specification CASES=1000000` tries as many as there is time for.

mod facts;
mod look;
mod partners;
mod story;

use crate::deciding::secs;
use crate::generated::{AGREES, Bytes, Small, configuration};
use look::{Look, look};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// How often each thing was met, of each kind.
type Met = BTreeMap<(&'static str, String), u64>;

/// Histories that are made from one seed.
const HISTORIES: u32 = 256;

/// The rules, each a sentence with its source, as they stand in the specification.
fn rules() -> BTreeSet<String> {
    let source = include_str!("../../spec/src/lib.rs");
    assert!(source.lines().count() <= 400, "it is to be read in one go");
    let quoted = source.split('"').skip(1).step_by(2);
    quoted.filter(|text| text.ends_with(").")).map(str::to_owned).collect()
}

/// All that has to be met: what is never met was never compared.
fn to_be_met() -> BTreeSet<(&'static str, String)> {
    let states = ["None", "Active", "PastDue", "Cancelling", "Ended"];
    let open = ["Planned", "Charging", "Scheduling", "Scheduled"];
    let closed = ["Paid", "Declined", "Abandoned", "Contradicted"];
    let windows = ["Open", "Failed", "Abandoned", "Contradicted", "Registered"];
    let configurations = (0..64).map(|it| format!("prices {}, policy {}", it % 8, it / 8));
    let all = |kind, names: &[&str]| -> Vec<_> {
        names.iter().map(|name| (kind, (*name).to_owned())).collect()
    };
    let mut all: BTreeSet<_> = [
        all("state", &states),
        all("open charge", &open),
        all("closed charge", &closed),
        all("registration", &windows),
        all("answer", partners::SAID),
    ]
    .concat()
    .into_iter()
    .collect();
    all.extend(configurations.map(|name| ("configuration", name)));
    all.extend(rules().into_iter().map(|rule| ("rule", rule)));
    all
}

/// Most of what there is to see is seen of members who have paid: many histories begin with months in which all is as
/// usual.
fn begin(small: &mut Small, bytes: &mut Bytes<'_>) {
    let months = bytes.next() % 8;
    if months > 0 {
        small.open_checkout();
    }
    for _ in 0..months {
        small.wait_until_due();
        look(small, &mut Bytes::new(&[]), false);
    }
}

/// It is a minute before the next month is charged, if that is still to come.
fn nearly_due(small: &mut Small) {
    let Some(it) = &small.subscription else { return };
    let due = it.paid_through().map(|date| small.configuration.policy.charge_at(date, &it.uid));
    small.now = due.map_or(small.now, |due| small.now.max(due - secs(60)));
}

/// One history: how many looks were compared, or the look in which the two differ.
fn history(bytes: &[u8], met: &mut Met) -> Result<u64, Box<Look>> {
    let mut small = Small::new();
    let mut bytes = Bytes::new(bytes);
    let mut compared = 0;
    begin(&mut small, &mut bytes);
    while bytes.left() > 0 {
        let happens = bytes.next();
        let may_revoke = match happens {
            0..=95 => {
                small.wait_until_due();
                Some(happens % 4 == 3)
            }
            96..=103 => {
                nearly_due(&mut small);
                Some(false)
            }
            104..=111 => {
                small.act(AGREES, &mut bytes);
                Some(false)
            }
            112..=119 => {
                small.settle(&mut bytes);
                Some(false)
            }
            120..=127 => {
                small.configuration = configuration(bytes.next());
                Some(false)
            }
            _ => small.happen(&mut bytes),
        };
        let Some(may_revoke) = may_revoke else { continue };
        let Some(looked) = look(&mut small, &mut bytes, may_revoke) else { continue };
        for (kind, name) in looked.met() {
            *met.entry((kind, name)).or_default() += 1;
        }
        if looked.differs.is_some() {
            return Err(Box::new(looked));
        }
        compared += u64::from(looked.is_compared);
    }
    Ok(compared)
}

/// Compares as many looks as are wanted. Says what was met, or tells the last look of the smallest history in which the
/// two differ.
fn compare(wanted: u64) -> Result<Met, String> {
    let (met, compared, failed) = (RefCell::new(Met::new()), Cell::new(0), Cell::new(None));
    let (mut seed, mut told) = (0_u64, 0);
    while compared.get() < wanted {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config = Config {
            cases: HISTORIES,
            failure_persistence: None,
            max_shrink_iters: 20_000,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let played = runner.run(&prop::collection::vec(any::<u8>(), 0..400), |bytes| {
            match history(&bytes, &mut met.borrow_mut()) {
                Ok(more) => compared.set(compared.get() + more),
                Err(look) => {
                    failed.set(failed.get().or(Some(compared.get())));
                    return Err(TestCaseError::fail(look.differs.unwrap_or_default()));
                }
            }
            Ok(())
        });
        if let Err(TestError::Fail(_, smallest)) = played {
            let Err(look) = history(&smallest, &mut Met::new()) else {
                return Err("The smallest history does not differ.".to_owned());
            };
            let after = failed.get().unwrap_or_default();
            return Err(format!("Seed {seed}, after {after} looks.\n\n{}", story::tell(&look)));
        }
        if compared.get() / 100_000 > told {
            told = compared.get() / 100_000;
            eprintln!("{} looks compared, no difference", compared.get());
        }
        seed += 1;
    }
    Ok(met.into_inner())
}

#[test]
fn the_code_brings_about_what_the_specification_says() {
    #[expect(clippy::disallowed_methods, reason = "a test may be asked for more")]
    let wanted = std::env::var("CASES").ok().map(|cases| cases.parse().unwrap());
    let met = compare(wanted.unwrap_or(20_000)).unwrap_or_else(|story| panic!("{story}"));
    if wanted.is_some() {
        for ((kind, name), times) in &met {
            eprintln!("{times:>9} × {kind}: {name}");
        }
    }
    let met: BTreeSet<_> = met.into_keys().collect();
    let to_be_met = to_be_met();
    let never: Vec<_> = to_be_met.difference(&met).collect();
    assert!(never.is_empty(), "never met: {never:#?}");
    let unknown: Vec<_> = met.difference(&to_be_met).collect();
    assert!(unknown.is_empty(), "met, and not in the list of what there is: {unknown:#?}");
}
