//! The rooms know those below them only, and no two files know each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up.
const ROOMS: [&str; 5] = ["history", "oracles", "network", "world", "modes"];

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    folders.iter().flat_map(|folder| self::files(folder)).chain(files).collect()
}

/// Which module a file is.
fn module(source: &Path, file: &Path) -> String {
    let file = file.strip_prefix(source).unwrap().with_extension("");
    let parts: Vec<&str> = file.iter().map(|part| part.to_str().unwrap()).collect();
    parts.join("::").trim_end_matches("::mod").to_owned()
}

/// The paths that a `use` names.
fn expanded(path: &str) -> Vec<String> {
    let Some((before, inner)) = path.split_once('{') else { return vec![path.trim().to_owned()] };
    let inner = inner.rsplit_once('}').unwrap().0;
    let (mut depth, mut items) = (0_u8, vec![String::new()]);
    for letter in inner.chars() {
        match letter {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match letter {
            ',' if depth == 0 => items.push(String::new()),
            _ => items.last_mut().unwrap().push(letter),
        }
    }
    let items = items.iter().map(|item| item.trim()).filter(|item| !item.is_empty());
    items.flat_map(|item| expanded(&format!("{before}{item}"))).collect()
}

/// The modules that a file imports, at its top. A file's children are imported without `crate`.
fn imports(module: &str, text: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let uses = text.split("\nuse ").skip(1).filter_map(|rest| rest.split(';').next());
    let uses: Vec<String> = uses.map(|path| path.replace('\n', " ")).collect();
    let paths = uses.iter().flat_map(|path| expanded(path)).filter_map(|path| {
        let path =
            path.strip_prefix("crate::").map_or_else(|| format!("{module}::{path}"), str::to_owned);
        let shorter = |path: &String| Some(path.rsplit_once("::")?.0.to_owned());
        std::iter::successors(Some(path), shorter).find(|path| modules.contains(path))
    });
    paths.filter(|path| path != module).collect()
}

/// Each module with those that it imports.
fn graph() -> BTreeMap<String, BTreeSet<String>> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = files(&source).into_iter().map(|file| (module(&source, &file), file));
    let files: BTreeMap<_, _> =
        files.filter(|(module, _)| !matches!(module.as_str(), "lib" | "main")).collect();
    let modules: BTreeSet<String> = files.keys().cloned().collect();
    let graph = files.iter().map(|(module, file)| {
        let text = fs::read_to_string(file).unwrap();
        (module.clone(), imports(module, &text, &modules))
    });
    graph.collect()
}

#[test]
fn a_room_knows_those_below_it_only() {
    let height = |module: &str| {
        let room = module.split("::").next().unwrap();
        ROOMS.iter().position(|other| *other == room).unwrap_or_else(|| panic!("{room} is no room"))
    };
    let graph = graph();
    assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 100, "{graph:?}");
    for (module, imports) in &graph {
        for import in imports {
            assert!(height(import) <= height(module), "{module} must not know {import}");
        }
    }
}

#[test]
fn no_two_files_know_each_other_not_even_around_a_corner() {
    let mut graph = graph();
    loop {
        let free: Vec<String> = graph
            .iter()
            .filter(|(_, imports)| imports.is_empty())
            .map(|(module, _)| module.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        graph.retain(|module, _| !free.contains(module));
        for imports in graph.values_mut() {
            imports.retain(|import| !free.contains(import));
        }
    }
    assert!(graph.is_empty(), "these are in a circle: {graph:?}");
}
