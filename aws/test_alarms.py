"""What the alarms do with figures as they come: each is worked out here as CloudWatch does it, from the template."""

import contextlib
import http.server
import json
import os
import random
import re
import threading
from unittest import mock

import pytest

import rust
import template

# How many requests members make in a minute.
FEW, MANY = 0.3, 3_000


def alarms(stack):
    found = template.resources(stack, "AWS::CloudWatch::Alarm")
    return {name: template.resolve(it["Properties"], stack) for name, it in found.items()}


def metrics(alarm):
    """What an alarm looks at: its expression, its period, and by their names there the metrics."""
    if "Metrics" not in alarm:
        return "it", alarm["Period"], {"it": alarm}
    (expression,) = [it["Expression"] for it in alarm["Metrics"] if "Expression" in it]
    looked_at = {it["Id"]: it["MetricStat"] for it in alarm["Metrics"] if "MetricStat" in it}
    (period,) = {it["Period"] for it in looked_at.values()}
    return expression, period, {name: it["Metric"] | it for name, it in looked_at.items()}


def value(expression, seen):
    """An expression of CloudWatch's for one period; nothing where something that it needs was not told."""
    if expression == "SUM(METRICS())":
        told = [it for it in seen.values() if it is not None]
        return sum(told) if told else None
    filled = re.sub(r"FILL\((\w+), (\d+)\)", lambda it: it.group(2) if seen[it.group(1)] is None else it.group(1), expression)
    if any(seen[name] is None for name in seen if re.search(rf"\b{name}\b", filled)):
        return None
    with contextlib.suppress(ZeroDivisionError):
        return eval(filled, {"IF": lambda holds, yes, no: yes if holds else no, **seen})
    return None


def rings(alarm, told):
    """After how many minutes it rings, if at all. `told` gives for each minute the figures, by the metric's name."""
    expression, period, looked_at = metrics(alarm)
    assert alarm["TreatMissingData"] in ("notBreaching", "missing")
    step = period // 60
    states = []
    for start in range(0, len(told) - step + 1, step):
        seen = {}
        for name, it in looked_at.items():
            figures = [minute[it["MetricName"]] for minute in told[start : start + step] if it["MetricName"] in minute]
            statistic = it.get("Stat") or it.get("Statistic")
            seen[name] = None if not figures else sum(figures) if statistic == "Sum" else max(figures)
        result = value(expression, seen)
        above = {"GreaterThanThreshold": lambda: result > float(alarm["Threshold"])}
        breaches = result is not None and above.get(alarm["ComparisonOperator"], lambda: result >= float(alarm["Threshold"]))()
        states.append(breaches)
        if sum(states[-alarm["EvaluationPeriods"] :]) >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]):
            return start + step
    return None


def traffic(calls_a_minute, minutes, failing=0.0, troubles=0.0, stuck=0, seed=1):
    """What a stack tells of itself in so many minutes: a part of the calls fails or meets a trouble, and so many members
    are in trouble at each sweep."""
    chance = random.Random(seed)
    told = []
    for minute in range(minutes):
        calls = sum(chance.random() < calls_a_minute / 60 for _ in range(60)) if calls_a_minute < 60 else calls_a_minute
        failed = calls if failing == 1 else round(calls * failing)
        figures = {"Troubles": round(calls * troubles)}
        if calls:
            figures |= {"Count": calls, "5xx": failed}
        if minute % 10 == 5:
            figures |= {"Invocations": 1, "OldestDueAgeSeconds": 0}
            figures["Troubles"] += stuck
        told.append(figures)
    return told


@pytest.mark.parametrize("seed", range(20))
def test_an_outage_rings_within_half_an_hour_however_few_the_members_are(stack, seed):
    outage = traffic(FEW, 30, failing=1, troubles=1, seed=seed)
    assert rings(alarms(stack)["ApiServerErrors"], outage) or rings(alarms(stack)["Troubles"], outage)


def test_an_outage_of_many_rings_within_three_minutes(stack):
    assert rings(alarms(stack)["ApiServerErrors"], traffic(MANY, 30, failing=1)) == 3
    assert rings(alarms(stack)["ApiServerErrors"], traffic(MANY, 30, failing=0.1)) == 3


def test_a_request_that_failed_wakes_nobody(stack):
    calm = traffic(FEW, 60, seed=3)
    at = next(minute for minute, it in enumerate(calm) if "Count" in it)
    calm[at] |= {"5xx": 1, "Troubles": 1}
    assert rings(alarms(stack)["ApiServerErrors"], calm) is None
    assert rings(alarms(stack)["Troubles"], calm) is None


def test_one_in_a_hundred_of_many_wakes_nobody(stack):
    usual = traffic(MANY, 60, failing=0.01, troubles=0.01)
    assert rings(alarms(stack)["ApiServerErrors"], usual) is None
    assert rings(alarms(stack)["Troubles"], usual) is None


def test_one_member_who_is_stuck_wakes_nobody_and_three_do(stack):
    assert rings(alarms(stack)["Troubles"], traffic(FEW, 120, stuck=1)) is None
    assert rings(alarms(stack)["Troubles"], traffic(FEW, 120, stuck=3)) is not None


def test_nothing_rings_on_a_fresh_stack(stack):
    for name, alarm in alarms(stack).items():
        assert rings(alarm, [{}] * 240) is None, name
        # Silence is told where it is a fault. Nobody hears of the state an alarm begins in.
        assert (alarm["TreatMissingData"] == "missing") == ("InsufficientDataActions" in alarm), name
    silent = {name for name, alarm in alarms(stack).items() if "InsufficientDataActions" in alarm}
    assert silent == {"OldestDueAge", "CheckFailed"}


def test_a_calm_day_of_few_and_of_many_rings_nothing(stack):
    for calls in (0, FEW, MANY):
        for name, alarm in alarms(stack).items():
            assert rings(alarm, traffic(calls, 24 * 60)) is None, (name, calls)


def test_a_member_who_waits_for_longer_than_half_an_hour_rings(stack):
    late = [{"OldestDueAgeSeconds": 1801} if minute % 10 == 5 else {} for minute in range(60)]
    assert rings(alarms(stack)["OldestDueAge"], late) == 20


def test_each_figure_of_aws_that_can_go_wrong_is_looked_at(stack):
    seen = {(it["Namespace"], it["MetricName"]) for alarm in alarms(stack).values() for it in metrics(alarm)[2].values()}
    assert seen >= {
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/Lambda", "ClaimedAccountConcurrency"),
        ("AWS/Lambda", "AsyncEventsDropped"),
        ("AWS/Lambda", "DeadLetterErrors"),
        ("AWS/ApiGateway", "5xx"),
        ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/DynamoDB", "ReadThrottleEvents"),
        ("AWS/DynamoDB", "SystemErrors"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("Gudok/gudok", "Refusals"),
    }


def test_no_alarm_looks_at_more_than_ten_figures(stack):
    for name, alarm in alarms(stack).items():
        assert len(metrics(alarm)[2]) <= 10, name


def test_the_tables_that_are_watched_are_those_of_the_data_and_their_indexes(stack, data):
    tables = {template.resolve(it["Properties"]["TableName"], data, {"AWS::StackName": "gudok-data"}): it for it in data["Resources"].values()}
    for name in ("TablesThrottled", "TablesFailing"):
        for it in metrics(alarms(stack)[name])[2].values():
            at = {one["Name"]: one["Value"] for one in it["Dimensions"]}
            indexes = {one["IndexName"] for one in tables[at["TableName"]]["Properties"].get("GlobalSecondaryIndexes", [])}
            assert at.get("GlobalSecondaryIndexName") in indexes | {None}
    written = [it for it in metrics(alarms(stack)["TablesThrottled"])[2].values() if it["MetricName"] == "WriteThrottleEvents"]
    assert {one["Value"] for it in written for one in it["Dimensions"] if one["Name"] == "TableName"} == set(tables)


def test_only_what_the_gateway_refused_is_counted_and_not_what_a_member_is_told(stack):
    """The access log of the stage has what the filter asks for."""
    line = json.loads(stack["Resources"]["ApiStage"]["Properties"]["AccessLogSettings"]["Format"])
    counted = stack["Resources"]["ApiRefused"]["Properties"]
    assert counted["FilterPattern"] == '{ $.status = "429" && $.integration = "-" }'
    assert (line["status"], line["integration"]) == ("$context.status", "$context.integrationStatus")
    assert counted["LogGroupName"] == {"Ref": "ApiLogs"}


# The check.


class Answers(http.server.BaseHTTPRequestHandler):
    """An API that answers as it is told, by method and path."""

    said = {}

    def do_GET(self):
        status, body = self.said[f"{self.command} {self.path}"]
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def check(stack):
    """The check's own code, before an API on loopback; gives what it says is wrong with these answers."""
    code = {}
    exec(stack["Resources"]["Check"]["Properties"]["Code"]["ZipFile"], code)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    well = {
        "GET /plans": (200, b'{"plans":[]}'),
        "GET /subscription": (401, b""),
        "POST /iamport-callback": (200, b""),
        "GET /page": (200, b"<html>"),
    }

    def asked(web="", more="", api=here, **different):
        Answers.said = well | {name.replace("_", " /", 1).replace("_", "-"): it for name, it in different.items()}
        with mock.patch.dict(os.environ, {"API": api, "WEB": web and here, "MORE": more.replace("@", here)}):
            try:
                code["handler"]({}, None)
            except Exception as wrong:
                return str(wrong).replace(here, "")
        return None

    yield asked
    server.shutdown()
    server.server_close()


def test_the_check_is_content_with_an_api_that_answers(check):
    assert check() is None
    assert check(web="yes", more="@/page @/plans") is None


def test_the_check_says_what_does_not_answer_as_it_should(check):
    assert check(GET_plans=(503, b"")) == "/plans: 503, not 200"
    assert check(GET_plans=(200, b"<html>")) == "/plans: 200, not 200", "a page is not the plans"
    assert "plans" in json.loads(rust.source("openapi.json"))["components"]["schemas"]["Offer"]["required"]
    assert check(GET_subscription=(200, b"{}")) == "/subscription: 200, not 401", "nobody is let in without a token"
    assert check(POST_iamport_callback=(500, b"")) == "/iamport-callback: 500, not 200"
    assert check(more="@/page", GET_page=(403, b"")) == "/page: 403, not 200"
    assert "refused" in check(api="http://127.0.0.1:1")


def test_the_check_ends_before_its_time_is_over_whatever_does_not_answer(stack):
    properties = stack["Resources"]["Check"]["Properties"]
    waits = int(re.search(r"timeout=(\d+)", properties["Code"]["ZipFile"]).group(1))
    # Four of the stack's own and two more.
    assert waits * 6 < properties["Timeout"]
    assert len(properties["Code"]["ZipFile"]) <= 4_096
