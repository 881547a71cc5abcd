//! The arrows between the rooms point down only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Which rooms each room may know. Every room is here; a crate that is not makes the test fail.
fn rooms() -> BTreeMap<&'static str, Vec<&'static str>> {
    let function = || vec!["billing", "edge", "flows"];
    let mut rooms = BTreeMap::from([
        ("billing", vec![]),
        ("billing-spec", vec![]),
        ("iamport", vec![]),
        ("identity", vec![]),
        ("iamport-simulator", vec![]),
        ("hello", vec![]),
        ("model", vec!["billing"]),
        ("ledger", vec!["billing"]),
        ("flows", vec!["billing", "iamport", "identity", "ledger"]),
        ("edge", vec!["billing", "flows", "iamport", "identity", "ledger"]),
        ("checkout", function()),
        ("iamport-webhook", function()),
        ("account", function()),
        ("cancellation", function()),
        ("sweep", function()),
        ("admin", function()),
        ("announce", function()),
    ]);
    let functions =
        ["account", "admin", "announce", "cancellation", "checkout", "iamport-webhook", "sweep"];
    let below = ["billing", "edge", "flows", "iamport-simulator", "ledger"];
    rooms.insert("gudok-local", [&functions[..], &below].concat());
    rooms.insert("gudok-cli", vec!["billing", "edge", "flows", "identity"]);
    rooms.insert(
        "rehearsal",
        [&["announce", "gudok-cli", "gudok-local", "sweep"][..], &below].concat(),
    );
    rooms
}

/// The dependencies that a manifest names, apart from those of tests.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let (mut named, mut counts) = (BTreeSet::new(), false);
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end().trim_end_matches(']');
            let (section, own) = match section.rsplit_once("dependencies.") {
                Some((before, name)) => (before, Some(name)),
                None => (section.strip_suffix("dependencies").unwrap_or("package"), None),
            };
            let built = section.is_empty() || section == "build-" || section.starts_with("target.");
            named.extend(own.filter(|_| built));
            counts = built && own.is_none();
        } else if counts && !line.starts_with('#') {
            named.extend(line.split(['.', ' ', '=']).next().filter(|name| !name.is_empty()));
        }
    }
    named
}

fn name(manifest: &str) -> &str {
    let name = manifest.split("name = \"").nth(1).and_then(|rest| rest.split('"').next());
    name.expect("a package has a name")
}

/// What is wrong with a crate: nobody listed it, or it knows a room that it must not know.
fn wrong(manifest: &str) -> Option<String> {
    let (rooms, name) = (rooms(), name(manifest));
    let Some(may_know) = rooms.get(name) else {
        return Some(format!("{name} is not in the list of rooms"));
    };
    let mut known = dependencies(manifest);
    known.retain(|other| rooms.contains_key(other) && !may_know.contains(other));
    (!known.is_empty()).then(|| format!("{name} must not know {known:?}"))
}

#[test]
fn the_arrows_between_the_rooms_only_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut seen = BTreeSet::new();
    for folder in ["shared", "shared/billing", "functions", "local"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let manifest = entry.unwrap().path().join("Cargo.toml");
            let Ok(manifest) = std::fs::read_to_string(&manifest) else { continue };
            assert_eq!(wrong(&manifest), None);
            seen.insert(name(&manifest).to_owned());
        }
    }
    let listed: BTreeSet<_> = rooms().into_keys().map(ToOwned::to_owned).collect();
    assert_eq!(seen, listed, "every room that is listed is there");
}

#[test]
fn an_arrow_that_points_up_is_found_however_it_is_written() {
    for (section, line) in [
        ("[dependencies]", "edge.workspace = true"),
        ("[dependencies]", "edge = { workspace = true, features = [] }"),
        ("[dependencies.edge]", "workspace = true"),
        ("[build-dependencies]", "edge.workspace = true"),
        ("[target.'cfg(unix)'.dependencies]", "edge.workspace = true"),
    ] {
        let manifest = format!("[package]\nname = \"ledger\"\n\n{section}\n{line}\n");
        let said = wrong(&manifest);
        assert_eq!(said.as_deref(), Some("ledger must not know {\"edge\"}"), "{section} {line}");
    }
    let tests_only = "[package]\nname = \"ledger\"\n[dev-dependencies]\nedge.workspace = true\n";
    assert_eq!(wrong(tests_only), None);
    let stranger = "[package]\nname = \"stranger\"\n";
    assert_eq!(wrong(stranger).as_deref(), Some("stranger is not in the list of rooms"));
}

#[test]
fn the_domain_knows_no_runtime_and_no_wire() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let manifest = std::fs::read_to_string(root.join("shared/billing/Cargo.toml")).unwrap();
    let known = dependencies(&manifest);
    assert_eq!(known, ["arrayvec", "jiff", "serde", "thiserror", "ulid"].into());
    // Whoever shared code with what it is held against would share its mistakes.
    let manifest = root.join("shared/billing/spec/Cargo.toml");
    assert_eq!(dependencies(&std::fs::read_to_string(manifest).unwrap()), ["jiff"].into());
}
