"""Shows the dead letters of a stack: what each is, since when, and why it was given up.

    aws/letters.sh gudok

Nothing is taken out of the queues; docs/runbook.md says what to do with them.
"""

import json
import sys
from datetime import datetime, timezone

import account

QUEUES = ("SweepDeadLetters", "AnnounceDeadLetters")

# Where EventBridge and Lambda say why.
CAUSES = ("ERROR_CODE", "ErrorCode"), ("ERROR_MESSAGE", "ErrorMessage"), ("EXHAUSTED_RETRY_CONDITION", None), ("RULE_ARN", None)


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("stack", help="the application's stack")
    wanted = arguments.parse_args(said)
    cloud, sqs = account.client("cloudformation"), account.client("sqs")
    outputs = {it["OutputKey"]: it["OutputValue"] for it in cloud.describe_stacks(StackName=wanted.stack)["Stacks"][0]["Outputs"]}
    for queue in QUEUES:
        found = letters(sqs, outputs[f"{queue}Url"])
        print(f"{queue}: {len(found)}")
        for when, text, cause in sorted(found):
            print(f"\n  {when}  {text}\n  {cause}")


def letters(sqs, url):
    """All that are in a queue, each once: since when, what it is, why. They stay there."""
    found = {}
    while True:
        # Hidden for a moment only from whoever looks next, so that the next call gives others.
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30, AttributeNames=["SentTimestamp"], MessageAttributeNames=["All"]
        )
        fresh = [it for it in answer.get("Messages", []) if it["MessageId"] not in found]
        if not fresh:
            break
        for it in fresh:
            sent = int(it["Attributes"]["SentTimestamp"]) / 1000
            when = datetime.fromtimestamp(sent, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
            found[it["MessageId"]] = when, what(it["Body"]), why(it.get("MessageAttributes", {})), it["ReceiptHandle"]
    for *_, handle in found.values():
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return [letter[:3] for letter in found.values()]


def what(body):
    """An event in a line, without what it says of a member."""
    try:
        event = json.loads(body)
    except ValueError:
        return "not JSON"
    if isinstance(event, dict) and "detail-type" in event:
        return f"{event['detail-type']} of {event.get('time', 'no time')}"
    return json.dumps(event)[:200]


def why(attributes):
    """The cause, as whoever gave it up wrote it beside it."""
    said = []
    for names in CAUSES:
        found = [attributes[name]["StringValue"] for name in names if name in attributes]
        said += found
    return ", ".join(said) or "no cause was written beside it"


if __name__ == "__main__":
    sys.exit(main())
