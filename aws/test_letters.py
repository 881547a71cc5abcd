"""aws/letters.py on queues of moto's, with letters as EventBridge and Lambda write them."""

import json

import moto
import pytest

import account
import letters
import template


@pytest.fixture
def queues():
    """A stack that has nothing but the two queues and says where they are."""
    written = template.raw()
    names = {name: written["Resources"][name] for name in letters.QUEUES}
    outputs = {f"{name}Url": written["Outputs"][f"{name}Url"] for name in letters.QUEUES}
    with moto.mock_aws():
        cloud = account.client("cloudformation")
        cloud.create_stack(StackName="gudok", TemplateBody=json.dumps({"Resources": names, "Outputs": outputs}))
        there = account.client("sqs").list_queues()["QueueUrls"]
        yield {name: url for name in letters.QUEUES for url in there if name in url}


def write(url, body, **attributes):
    said = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    account.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body), MessageAttributes=said)


def test_each_letter_is_shown_with_its_cause_and_none_is_taken_away(queues, capsys):
    sweeps, news = queues.values()
    write(sweeps, {"sweep": "nightly"}, RequestID="1", ErrorCode="200", ErrorMessage="Task timed out after 900.00 seconds")
    write(sweeps, {"sweep": "catch-up"}, ERROR_CODE="NO_PERMISSIONS", ERROR_MESSAGE="not authorized", RULE_ARN="arn:rule")
    for number in range(12):
        write(news, {"detail-type": "paid", "time": f"2026-11-22T03:00:{number:02}Z", "detail": {"uid": "somebody"}})
    for _ in range(2):
        letters.main(["gudok"])
        said = capsys.readouterr().out
        assert "SweepDeadLetters: 2" in said and "AnnounceDeadLetters: 12" in said
        assert '{"sweep": "nightly"}\n  200, Task timed out after 900.00 seconds' in said
        assert '{"sweep": "catch-up"}\n  NO_PERMISSIONS, not authorized, arn:rule' in said
        assert "paid of 2026-11-22T03:00:11Z" in said
        assert "somebody" not in said, "whoever looks at letters need not know whose they are"


def test_empty_queues_have_nothing_to_show(queues, capsys):
    letters.main(["gudok"])
    assert capsys.readouterr().out == "SweepDeadLetters: 0\nAnnounceDeadLetters: 0\n"
