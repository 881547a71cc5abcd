//! The documents: what they name is there, what they have to tell of is in them, and no name has a word that
//! the glossary does without. Decisions tell of their own time: of them only the form is held.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every text in the repository, by its path.
type Tree = BTreeMap<String, String>;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn tree() -> Tree {
    let (mut folders, mut files) = (vec![PathBuf::from(ROOT)], Tree::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with('.') || ["target", "node_modules", "dist"].contains(&name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                files.insert(path.strip_prefix(ROOT).unwrap().to_str().unwrap().to_owned(), text);
            }
        }
    }
    files.retain(|path, _| !path.ends_with("tests/it/documents.rs"));
    files
}

/// The documents that tell of what is.
fn documents(tree: &Tree) -> impl Iterator<Item = (&String, &String)> {
    tree.iter().filter(|(path, _)| match path.split_once('/') {
        None => ends_in(path, &["md"]),
        Some((folder, name)) => folder == "docs" && !name.contains('/'),
    })
}

/// What stands between backticks, and the lines of blocks of code.
fn code_in(document: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut inline, mut blocks, mut in_fence) = (Vec::new(), Vec::new(), false);
    for part in document.split("\n\n") {
        let fences = part.matches("```").count();
        if in_fence || fences > 0 || part.trim_start_matches('\n').starts_with("    ") {
            blocks.extend(part.lines());
        } else {
            inline.extend(part.split('`').skip(1).step_by(2));
        }
        in_fence ^= fences % 2 == 1;
    }
    (inline, blocks)
}

/// What in the documents' code is wrong.
fn wrong(tree: &Tree, blocks_too: bool, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let in_one = |(path, text): (&String, &String)| {
        let (inline, blocks) = code_in(text);
        let blocks = blocks.into_iter().filter(|_| blocks_too).flat_map(str::split_whitespace);
        let code = inline.into_iter().chain(blocks).filter(|code| is_wrong(code));
        code.map(|code| format!("{path}: {code}")).collect::<Vec<_>>()
    };
    documents(tree).flat_map(in_one).collect()
}

/// A program without its comments and, if so wanted, without its texts.
fn program(text: &str, with_texts: bool) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let raw = rest.strip_prefix("r#\"").and_then(|it| it.find("\"#")).map(|at| at + 5);
        let end = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            'r' if raw.is_some() => raw.unwrap(),
            '\'' if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") => 3,
            '"' => {
                let closes = |(at, _): &(usize, &str)| {
                    let unescaped = rest[..*at].trim_end_matches('\\');
                    *at > 0 && (at - unescaped.len()).is_multiple_of(2)
                };
                rest.match_indices('"').find(closes).map_or(rest.len(), |(at, _)| at + 1)
            }
            _ => first.len_utf8(),
        };
        let is_code = end == first.len_utf8() || (with_texts && first != '/');
        kept.push_str(if is_code { &rest[..end] } else { " " });
        rest = &rest[end..];
    }
    kept
}

fn ends_in(path: &str, endings: &[&str]) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
    names.filter(|name| name.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic()))
}

#[test]
fn every_type_field_and_function_that_a_document_names_exists() {
    let tree = tree();
    let mut used = BTreeSet::new();
    // What each crate declares, near enough: items, and the first names in the lines of their bodies.
    let mut declared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let keywords = "pub crate super async const unsafe fn struct enum trait mod type static";
    for (path, text) in tree.iter().filter(|(path, _)| !ends_in(path, &["md"])) {
        let is_program = ends_in(path, &["rs", "ts", "tsx"]);
        let text = if is_program { program(text, true) } else { text.clone() };
        used.extend(names(&text).map(ToOwned::to_owned));
        if ends_in(path, &["rs"]) {
            let room: Vec<_> = path.split('/').take(2).collect();
            let declared = declared.entry(room.join("/")).or_default();
            let first = |line| names(line).find(|it| !keywords.split(' ').any(|word| word == *it));
            let lines = text.lines().filter(|it| it.contains("fn ") || !it.starts_with("     "));
            declared.extend(lines.filter_map(first).map(ToOwned::to_owned));
            declared.insert(room[1].replace('-', "_"));
        }
    }
    let is_wrong = |code: &str| {
        let steps: Vec<_> = code.split(['=', '(']).next().unwrap().split("::").collect();
        let are_names = steps.iter().all(|step| names(step).eq([*step]));
        let in_one = |room: &BTreeSet<String>| steps.iter().all(|step| room.contains(*step));
        let is_there =
            if steps.len() == 1 { used.contains(steps[0]) } else { declared.values().any(in_one) };
        are_names && !is_there
    };
    assert_eq!(wrong(&tree, false, is_wrong), [""; 0]);
}

#[test]
fn every_file_and_folder_that_a_document_names_exists() {
    let tree = tree();
    let tops: BTreeSet<_> = tree.keys().filter_map(|path| Some(path.split_once('/')?.0)).collect();
    let is_wrong = |code: &str| {
        let path = code.trim_end_matches('/');
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "/._-".contains(sign);
        let in_a_folder = code.split_once('/').is_some_and(|(top, _)| tops.contains(top));
        let is_one = in_a_folder || ends_in(path, &["rs", "ts", "py"]);
        let is_it = |file: &String| format!("/{file}/").contains(&format!("/{path}/"));
        is_one && path.chars().all(plain) && !tree.keys().any(is_it)
    };
    assert_eq!(wrong(&tree, true, is_wrong), [""; 0]);
}

#[test]
fn every_link_of_a_document_leads_to_a_file() {
    let tree = tree();
    let mut broken = Vec::new();
    for (path, text) in tree.iter().filter(|(path, _)| ends_in(path, &["md"])) {
        let folder = Path::new(ROOT).join(path).parent().unwrap().to_owned();
        let links = text.split("](").skip(1).filter_map(|it| it.split([')', '#']).next());
        let pictures = text.split("src=\"").skip(1).filter_map(|it| it.split('"').next());
        let ours = links.chain(pictures).filter(|link| !link.contains(':'));
        broken.extend(ours.filter(|link| !folder.join(link).exists()).map(|it| (path, it)));
    }
    assert_eq!(broken, []);
}

#[test]
fn every_route_that_a_document_names_exists_and_each_of_ours_is_told() {
    let tree = tree();
    let described: Value = serde_json::from_str(&tree["openapi.json"]).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_uppercase());
        routes.extend(methods.map(|method| format!("{method} {path}")));
    }
    let iamports = |path: &str| {
        let path = format!("\"{}", path.split("/{").next().unwrap());
        let mut client = tree.iter().filter(|(file, _)| file.starts_with("shared/iamport/src"));
        client.any(|(_, text)| text.contains(&path))
    };
    let is_wrong = |code: &str| {
        let route = code.split('?').next().unwrap();
        route.split_once(' ').is_some_and(|(method, path)| {
            let is_route = ["GET", "POST", "PUT", "DELETE"].contains(&method);
            is_route && path.starts_with('/') && !routes.contains(route) && !iamports(path)
        })
    };
    assert_eq!(wrong(&tree, false, is_wrong), [""; 0]);
    routes.retain(|route| !tree["docs/api.md"].contains(&format!("| `{route}` |")));
    assert_eq!(routes, BTreeSet::new(), "not in docs/api.md");
}

#[test]
fn every_variable_of_the_template_is_told_and_every_make_target_that_a_document_names_exists() {
    let tree = tree();
    let is_variable = |it: &&str| it.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_');
    let fields = tree["template.yaml"].lines().filter_map(|line| line.trim().split_once(": "));
    let variables = fields.map(|(name, _)| name).filter(is_variable);
    let told = |name: &&str| tree["docs/configuration.md"].contains(&format!("`{name}`"));
    let untold = variables.filter(|name| !told(name)).collect::<Vec<_>>();
    assert_eq!(untold, [""; 0], "not in docs/configuration.md");
    for (path, text) in documents(&tree) {
        let (inline, blocks) = code_in(text);
        let commands = inline.into_iter().chain(blocks).filter_map(|it| it.strip_prefix("make "));
        for target in commands.filter_map(|it| it.split_whitespace().next()) {
            assert!(tree["Makefile"].contains(&format!("\n{target}:")), "{path}: make {target}");
        }
    }
}

#[test]
fn no_name_has_a_word_that_the_glossary_does_without() {
    let tree = tree();
    let table = tree["docs/glossary.md"].split("## Not used here").nth(1).unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let banned: BTreeSet<_> = cells.skip(1).flat_map(|cell| cell.split(", ")).collect();
    assert!(banned.contains("Settlement"), "{banned:?}");
    let first_quoted = |line: &str| Some(line.split('"').nth(1)?.to_owned() + " ");
    let mut found = BTreeSet::new();
    for (path, text) in &tree {
        let code = match path.rsplit_once('.') {
            Some((_, "rs" | "ts" | "tsx")) => program(text, false),
            // A line begins with the name of a schema or a field, or with a value that one can have.
            _ if path == "openapi.json" => text.lines().filter_map(first_quoted).collect(),
            _ => continue,
        };
        for name in names(&code) {
            let gap = |sign: char| sign.is_ascii_uppercase().then_some('_');
            let apart: String =
                name.chars().flat_map(|it| gap(it).into_iter().chain([it])).collect();
            let said = apart.split('_').filter(|word| banned.contains(word));
            found.extend(said.map(|word| format!("{word}: {name} in {path}")));
        }
    }
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn every_decision_says_whether_it_holds() {
    for (path, text) in tree() {
        let Some(name) = path.strip_prefix("docs/decisions/") else { continue };
        let (title, rest) = text.split_once("\n\n").unwrap();
        assert!(title.starts_with(&format!("# {}: ", &name[..4])), "{path}: {title}");
        let status =
            ["holds\n", "superseded by ", "changed, see "].map(|it| format!("Status: {it}"));
        assert!(status.iter().any(|it| rest.starts_with(it)), "{path}: {status:?}");
    }
}

#[test]
fn every_duty_has_its_test_or_says_that_it_is_not_met() {
    let tree = tree();
    let law = &tree["docs/law.md"];
    let rows: Vec<&str> = law.lines().filter(|line| line.starts_with("| ")).collect();
    let duties = rows.iter().filter(|line| !line.starts_with("| duty |"));
    let held: Vec<&str> = duties.map(|line| line.rsplit(" | ").next().unwrap()).collect();
    assert!(held.len() >= 40, "{}", held.len());
    for cell in &held {
        assert!(cell.contains('`') != cell.starts_with("not met"), "{cell}");
    }
    // What stands in quotation marks is the name of a browser test, in the file that is named before it.
    for (file, test) in held.iter().filter_map(|cell| cell.split_once(": “")) {
        let file = file.rsplit('`').nth(1).unwrap();
        let test = test.split('”').next().unwrap();
        assert!(tree[file].contains(test), "{file}: {test}");
    }
}

#[test]
fn every_threat_has_its_test_or_says_why_it_is_accepted() {
    let tree = tree();
    let rows: Vec<Vec<&str>> = tree["docs/threats.md"]
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| who |"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 40, "{}", rows.len());
    for row in rows {
        let [_, _, _, stops, held] = row.as_slice() else { panic!("{row:?}") };
        assert!(held.contains('`') != stops.starts_with("accepted"), "{row:?}");
    }
}
