"""The sample events: every case is there, looks as API Gateway sends it, and says what should come of it."""

import base64
import json
import re

import pytest

import rust
import template
from run_events import EVENTS, TOKEN, differs, expectations, shapes

FILES = sorted(path.relative_to(EVENTS).as_posix() for path in EVENTS.glob("*/*.json"))


def load(path):
    return json.loads((EVENTS / path).read_text(encoding="utf-8"))


HTTP = [path for path in FILES if load(path).get("version") == "2.0"]


def test_every_event_has_its_expectation_and_its_line_in_the_table():
    assert sorted(expectations()) == FILES
    table = re.findall(r"^\| `([a-z-]+/[a-z0-9-]+\.json)` \|", (EVENTS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(table) == FILES


def test_every_route_has_an_event_that_succeeds_or_is_refused_by_the_rules():
    seen = {load(path)["routeKey"] for path in HTTP if expectations()[path]["up"].get("problem") not in ("malformed-request", "unauthenticated")}
    assert seen >= {route for route, _ in rust.routes()}


def test_every_function_has_an_event_that_it_cannot_read():
    for function in rust.functions():
        outcomes = [outcomes["up"] for path, outcomes in expectations().items() if path.startswith(function + "/")]
        assert any(outcome.get("problem") in ("malformed-request", "no-subscription") or "error" in outcome for outcome in outcomes), function


@pytest.mark.parametrize("path", HTTP)
def test_an_http_event_is_as_api_gateway_sends_it(path):
    event = load(path)
    method, route = event["routeKey"].split(" ")
    context = event["requestContext"]
    assert {"version", "routeKey", "rawPath", "rawQueryString", "headers", "requestContext", "isBase64Encoded"} <= set(event)
    assert all(name == name.lower() for name in event["headers"])
    assert (context["http"]["method"], context["http"]["path"]) == (method, event["rawPath"])
    assert (context["routeKey"], context["stage"]) == (event["routeKey"], "$default")
    if "body" in event:
        body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
        assert event["headers"]["content-length"] == str(len(body))
    if "pathParameters" in event:
        assert route.format(**event["pathParameters"]) == event["rawPath"]


@pytest.mark.parametrize("path", FILES)
def test_whoever_sends_a_token_is_somebody_and_may_be_a_stranger(path):
    outcomes = expectations()[path]
    has_token = TOKEN in json.dumps(load(path))
    assert set(outcomes) == {"up", "down"} | ({"as", "untrusted"} if has_token else set())
    assert outcomes.get("as", "member") in ("member", "admin")


def test_the_odd_shapes_are_many_of_every_function_and_each_has_a_name_of_its_own():
    listed = json.loads((EVENTS / "shapes.json").read_text(encoding="utf-8"))
    found = shapes()
    assert len(found) == len(listed) >= 60
    assert {function for function, _, _ in found.values()} == set(rust.functions())


def test_a_shape_is_its_sample_but_for_what_it_says():
    _, event, outcomes = shapes()["shapes/a list in x-forwarded-proto"]
    sample = load("account/payments.json")
    assert event != sample and outcomes["as"] == "member"
    event["headers"]["x-forwarded-proto"] = sample["headers"]["x-forwarded-proto"]
    assert event == sample
    assert "headers" not in shapes()["shapes/no headers"][1]
    assert len(shapes()["shapes/a uid of 40,000 characters"][1]["rawPath"]) > 40000


def test_a_difference_is_noticed():
    refused = {"statusCode": 409, "body": json.dumps({"type": "/problems/no-subscription"})}
    wanted = {"status": 409, "problem": "no-subscription"}
    assert differs(wanted, "response", refused) is None
    assert differs({**wanted, "problem": "too-late-to-resume"}, "response", refused)
    assert differs({"status": 200}, "response", refused)
    assert differs({"done": {"looked_at": 0}}, "response", {"looked_at": 0, "kind": "nightly"}) is None
    assert differs({"done": {"looked_at": 0}}, "response", {"looked_at": 1})
    assert differs({"error": "Slack did not answer"}, "start", None)
    assert differs({"error": "Slack did not answer"}, "error", {"errorMessage": "Slack did not answer"}) is None
