"""The rules of template.yaml, on a real matcher: what is put on the bus reaches exactly who is meant."""

import json
import re

import boto3
import pytest
from moto.server import ThreadedMotoServer

import rust
import template

EVENTS = template.ROOT / "events"
URGENT = {"guard_tripped", "provider_trouble", "refunded", "review_opened"}


@pytest.fixture(scope="module")
def aws():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    said = dict(endpoint_url=f"http://{host}:{port}", region_name="ap-northeast-2", aws_access_key_id="x", aws_secret_access_key="x")
    yield lambda service: boto3.client(service, **said)
    server.stop()


@pytest.fixture(scope="module")
def targets(aws, stack):
    """The bus with its rules; in the place of each target a queue, by the target's name in the template."""
    events, sqs = aws("events"), aws("sqs")
    bus = template.resolve(stack["Resources"]["Bus"]["Properties"]["Name"], stack)
    events.create_event_bus(Name=bus)
    queues = {}
    for name, rule in template.resources(stack, "AWS::Events::Rule").items():
        properties = rule["Properties"]
        if "EventPattern" not in properties:
            continue
        assert properties["EventBusName"] == {"Ref": "Bus"}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(properties["EventPattern"]))
        for target in properties["Targets"]:
            queue = sqs.create_queue(QueueName=f"{name}-{target['Id']}")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": target["Id"], "Arn": arn}])
            listener = target["Arn"]
            queues[listener.get("Ref") or listener["Fn::GetAtt"][0]] = queue
    return queues


def published():
    """A sample of everything that is published, by its name on the bus."""
    samples = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((EVENTS / "announce").glob("*.json"))]
    return {it["detail-type"]: it for it in samples if it.get("detail-type") in rust.published_events() and "detail" in it}


def reached(aws, targets, source, name, detail, bus="gudok"):
    """Who gets an event: the targets' names, with what they get."""
    entry = {"EventBusName": bus, "Source": source, "DetailType": name, "Detail": json.dumps(detail)}
    answer = aws("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 0
    found = {}
    for target, queue in targets.items():
        sqs = aws("sqs")
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.setdefault(target, []).append(json.loads(message["Body"]))
    return found


def test_there_is_a_sample_of_everything_that_is_published():
    assert len(rust.published_events()) >= 11
    assert set(published()) == rust.published_events()


def test_what_is_told_at_once_is_what_the_code_says_and_the_digests():
    assert {"refunded", "review_opened", "guard_tripped", "digest"} <= rust.told_at_once()
    assert not {"paid", "declined", "cancel_requested"} & rust.told_at_once()


@pytest.mark.parametrize("name", sorted(rust.published_events()))
def test_what_is_told_at_once_reaches_slacks_queue_what_is_urgent_people_too_and_the_rest_nobody(aws, targets, name):
    detail = published()[name]["detail"]
    found = reached(aws, targets, "gudok", name, detail)
    at_once = {"NewsQueue"} if name in rust.told_at_once() else set()
    assert set(found) == at_once | ({"Alarms"} if name in URGENT else set())
    for envelope in found.get("NewsQueue", []):
        assert (envelope["source"], envelope["detail-type"], envelope["detail"]) == ("gudok", name, detail)


def test_the_queue_is_told_from_at_slacks_pace_and_holds_for_a_day(stack):
    queue = stack["Resources"]["NewsQueue"]["Properties"]
    (mapping,) = template.resources(stack, "AWS::Lambda::EventSourceMapping").values()
    said = mapping["Properties"]
    assert said["EventSourceArn"] == {"Fn::GetAtt": ["NewsQueue", "Arn"]}
    assert (said["BatchSize"], said["FunctionResponseTypes"]) == (10, ["ReportBatchItemFailures"])
    _, function = template.functions(stack)["announce"]
    code = rust.source("functions/announce/src/lib.rs")
    last, patience, pace = (int(re.search(rf"{name}: Duration = Duration::from_secs\((\d+)\)", code)[1]) for name in ("LAST", "PATIENCE", "PACE"))
    assert said["ScalingConfig"]["MaximumConcurrency"] == pace == 2, "one message a second together"
    assert last + patience < function["Timeout"], "a run ends by itself"
    assert queue["VisibilityTimeout"] >= 6 * function["Timeout"], "as Lambda wants it"
    again = queue["RedrivePolicy"]
    assert again["deadLetterTargetArn"] == {"Fn::GetAtt": ["AnnounceDeadLetters", "Arn"]}
    assert again["maxReceiveCount"] * queue["VisibilityTimeout"] >= 86400


def test_what_is_urgent_is_published(stack):
    pattern = stack["Resources"]["UrgentNews"]["Properties"]["EventPattern"]
    assert set(pattern["detail-type"]) == URGENT <= rust.published_events()


def test_work_wakes_the_sweep_with_its_detail_and_nobody_else(aws, targets, stack):
    work = {"sweep": "shard", "shard": 3, "until": "2026-11-30T01:14:00Z"}
    found = reached(aws, targets, "gudok.work", "sweep", work)
    assert set(found) == {"SweepFunctionAliaslive"}
    (target,) = stack["Resources"]["SweepFunctionWork"]["Properties"]["Targets"]
    assert target["InputPath"] == "$.detail"
    assert 'WORK: &str = "gudok.work"' in rust.source("shared/flows/src/work.rs")


@pytest.mark.parametrize("source", ["gudok.forged", "Gudok", "aws.events", "com.example"])
def test_an_event_of_someone_else_reaches_nobody(aws, targets, source):
    for name in ("paid", "refunded", "guard_tripped"):
        assert reached(aws, targets, source, name, published()[name]["detail"]) == {}


def test_an_event_of_ours_on_another_bus_reaches_nobody(aws, targets):
    assert reached(aws, targets, "gudok", "refunded", published()["refunded"]["detail"], bus="default") == {}
