"""The events on the bus: docs/events.md and its schema describe each that the code makes, and the samples are as it says."""

import json
import re

import jsonschema
import pytest

import rust
from run_events import EVENTS

# Not an event of ours each: `batch` is what Lambda is handed.
MALFORMED = {"unknown-news", "no-detail", "batch"}
SAMPLES = sorted(path for path in (EVENTS / "announce").glob("*.json") if path.stem not in MALFORMED)


def document():
    return (EVENTS.parent / "docs/events.md").read_text(encoding="utf-8")


def schema():
    return json.loads((EVENTS / "news.schema.json").read_text(encoding="utf-8"))


def names():
    code = (EVENTS.parent / "shared/billing/src/announcement.rs").read_text(encoding="utf-8")
    return set(re.findall(r'=> "([a-z_]+)",', code)) | {"sweep_done", "guard_tripped", "reconciled", "digest"}


def test_every_event_is_described_and_no_other():
    assert set(re.findall(r"^\| `([a-z_]+)` \|", document(), re.MULTILINE)) == names()
    assert names() <= set(schema()["$defs"])


def test_the_document_says_which_are_told_at_once():
    told = dict(re.findall(r"^\| `([a-z_]+)` \|.*\| (at once|digest|no)[^|]* \|$", document(), re.MULTILINE))
    assert set(told) == names()
    assert {name for name, how in told.items() if how == "at once"} == rust.told_at_once()


def test_every_event_has_a_sample():
    assert {json.loads(path.read_text(encoding="utf-8"))["detail-type"] for path in SAMPLES} == names()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_as_the_schema_says(path):
    event = json.loads(path.read_text(encoding="utf-8"))
    document = {**schema(), "$ref": f"#/$defs/{event['detail-type']}"}
    checker = jsonschema.Draft202012Validator(document)
    assert [error.message for error in checker.iter_errors(event["detail"])] == []
    assert list(checker.iter_errors({**event["detail"], "more": 1})) != [], "and it would notice what it does not know"
