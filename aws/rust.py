"""What the Rust code says of itself, read from its source: routes, settings, names of events."""

import re

from template import ROOT


def functions():
    """The functions' names: one folder each, one binary each."""
    return sorted(folder.name for folder in (ROOT / "functions").iterdir() if (folder / "Cargo.toml").is_file())


def source(path):
    """A source file's text."""
    return (ROOT / path).read_text(encoding="utf-8")


def routes():
    """Every route of every function: `("POST /checkout", "checkout")`."""
    found = set()
    for function in functions():
        text = source(f"functions/{function}/src/lib.rs")
        for path, methods in re.findall(r'\.route\(\s*"([^"]+)",\s*((?:[^()]|\([^()]*\))+)\)', text):
            for method in re.findall(r"\b(get|post|put|patch|delete)\(", methods):
                found.add((f"{method.upper()} {path}", function))
    return found


def configuration(function):
    """What of the configuration a function reads: `all`, `reader` (what it takes to read), or nothing."""
    text = source(f"functions/{function}/src/main.rs")
    return "all" if "edge::production().await" in text else "reader" if "edge::reader().await" in text else None


def settings(what="all"):
    """The names that the configuration reads, and those of them it cannot do without."""
    text = source("shared/edge/src/config.rs")
    if what == "reader":
        # The rest is read by these.
        text = re.sub(r"impl Config \{.*?\n}\n|fn (?:iamport|accounts)\(.*?\n}\n", "", text, flags=re.DOTALL)
    elif what is None:
        text = ""
    required = set(re.findall(r'(?:names\s*\.required|\bbelow)\(\s*"([A-Z0-9_]+)"', text))
    optional = set(re.findall(r'names\s*\.(?:parsed|optional|url)\(\s*"([A-Z0-9_]+)"', text))
    return required | optional, required


def own_settings(function):
    """The names that a function reads by itself."""
    text = source(f"functions/{function}/src/main.rs")
    return set(re.findall(r'required\(from_environment,\s*"([A-Z0-9_]+)"\)', text))


def figures():
    """The names of the figures in embedded metric format."""
    told = "".join(re.findall(r"target: METRICS,(.*?)\);", source("shared/flows/src/metrics.rs") + source("shared/flows/src/sweep.rs"), re.DOTALL))
    return set(re.findall(r"^\s+([A-Z]\w+) =", told, re.MULTILINE)) - {"EventBus"}


def published_events():
    """The `detail-type` of everything that is put on the bus."""
    news = re.search(r"fn name\(.*?\n    }\n", source("shared/billing/src/announcement.rs"), re.DOTALL)
    sweep = re.search(r'let name = if \S+ \{ "(\w+)" \} else \{ "(\w+)" \}', source("shared/flows/src/sweep.rs"))
    reconciled = re.search(r'self\.event\("(\w+)"', source("shared/flows/src/reconcile.rs"))
    digest = re.search(r'self\.event\("(\w+)"', source("shared/flows/src/digest.rs"))
    return set(re.findall(r'=> "(\w+)"', news.group(0))) | set(sweep.groups()) | set(reconciled.groups()) | set(digest.groups())


def told_at_once():
    """The `detail-type` of what people are told of by itself: what `News::telling` says, and what is no member's."""
    text = source("shared/billing/src/announcement.rs")
    names = dict(re.findall(r'Self::(\w+)(?: { \.\. })? => "(\w+)"', text))
    arm = re.search(r"match self {\s*((?:[^=]|=(?!>))*?) => Telling::AtOnce", text)
    of_members = {names[variant] for variant in re.findall(r"Self::(\w+)", arm.group(1))}
    return of_members | (published_events() - set(names.values()))
