//! The arrows between the rooms point down only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Which rooms each room may know. A room that is not here may know nothing of ours.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let below_edge = ["billing", "flows", "iamport", "identity", "ledger"];
    let function: BTreeSet<_> = ["billing", "edge", "flows"].into();
    BTreeMap::from([
        ("billing", [].into()),
        ("iamport", [].into()),
        ("identity", [].into()),
        ("ledger", ["billing"].into()),
        ("flows", ["billing", "iamport", "identity", "ledger"].into()),
        ("edge", below_edge.into()),
        ("checkout", function.clone()),
        ("iamport-webhook", function.clone()),
        ("account", function.clone()),
        ("cancellation", function.clone()),
        ("sweep", function.clone()),
        ("admin", function.clone()),
        ("announce", function),
        ("iamport-simulator", [].into()),
    ])
}

/// The dependencies, tests' left aside, that a manifest names.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    section
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn the_arrows_between_the_rooms_only_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let rooms = allowed();
    let mut seen = BTreeSet::new();
    for folder in ["shared", "functions", "local"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            let Ok(manifest) = std::fs::read_to_string(&manifest) else { continue };
            let name = manifest
                .split("name = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap()
                .to_owned();
            let Some(may_know) = rooms.get(name.as_str()) else { continue };
            let ours: BTreeSet<String> = dependencies(&manifest)
                .into_iter()
                .filter(|name| rooms.contains_key(name.as_str()))
                .collect();
            let too_many: Vec<_> =
                ours.iter().filter(|other| !may_know.contains(other.as_str())).collect();
            assert!(too_many.is_empty(), "{name} must not know {too_many:?}");
            seen.insert(name);
        }
    }
    assert_eq!(seen.len(), rooms.len(), "every room is there: {seen:?}");
}

#[test]
fn the_domain_knows_no_runtime_and_no_wire() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = std::fs::read_to_string(root.join("shared/billing/Cargo.toml")).unwrap();
    let known = dependencies(&manifest);
    assert_eq!(known, ["jiff", "serde", "thiserror", "ulid"].map(ToOwned::to_owned).into());
}
