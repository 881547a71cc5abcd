"""What is asked of a new version before anybody else can ask it, and what comes of the answers. `aws/run_events.py` asks the
functions' binaries the same.
"""

import json

import pytest

import hook
import rust
import template
from test_template import listed

# What a new version that is as it should be answers to the hook, to a member and to a stranger.
ANSWERS = {
    "/plans": (200, 200),
    "/subscription": (200, 401),
    "/subscription/cancel": (409, 401),
    "/admin/checkouts": (403, 401),
    "/iamport-callback": (200, 200),
}


def well(event):
    if "Records" in event:
        return "response", {"batchItemFailures": []}
    if "sweep" in event:
        return "response", {"kind": "catch-up", "looked_at": 0, "left": 3}
    as_member = event["headers"].get("authorization") == "Bearer the token"
    member, stranger = ANSWERS.get(event["rawPath"], (404, 401))
    return "response", {"statusCode": member if as_member else stranger, "body": ""}


@pytest.mark.parametrize("function", rust.functions())
def test_a_version_that_answers_as_it_should_is_let_on(stack, function):
    for token in (None, "the token"):
        assert hook.run(stack, function, well, token) == ("Succeeded", "As it should be.")


@pytest.mark.parametrize("function", rust.functions())
def test_a_version_that_does_not_start_or_answers_otherwise_is_given_nothing(stack, function):
    for token in (None, "the token"):
        told, why = hook.run(stack, function, lambda _: ("exit", {"errorMessage": "IAMPORT_PG is not set"}), token)
        assert told == "Failed" and f"gudok-{function}:7" in why and "IAMPORT_PG is not set" in why
        told, _ = hook.run(stack, function, lambda _: ("response", {"statusCode": 503, "batchItemFailures": [{}]}), token)
        assert told == "Failed"


def test_what_the_tables_hold_is_asked_for_as_a_member_and_nothing_is_changed(stack):
    asked = []

    def noting(event):
        asked.append(event)
        return well(event)

    for function in rust.functions():
        hook.run(stack, function, noting, "the token")
    paths = {it["rawPath"]: it for it in asked if "rawPath" in it}
    assert set(paths) == {*ANSWERS, "/checkout/reg-01KAQ3X0000000000000000000-0/complete"}
    assert all(it["headers"]["authorization"] == "Bearer the token" for it in paths.values())
    # The only sweep is one whose time is over before it begins: it looks who is due, and begins with nobody.
    (sweep,) = (it for it in asked if "sweep" in it)
    assert sweep == {"sweep": "shard", "shard": 0, "until": "2000-01-01T00:00:00Z"}
    # No order has that id, and no member that account may subscribe (docs/deploy.md).
    assert json.loads(paths["/iamport-callback"]["body"])["merchant_uid"].startswith("pay-01KAQ3X0000000000000000000")


def test_what_the_hook_does_not_understand_stops_the_deployment_and_leaves_no_secret_in_the_log(stack):
    told, why = hook.run(stack, "account", well, content=lambda text: {"revisionType": "S3"})
    assert (told, why) == ("Failed", "KeyError('appSpecContent')")
    assert hook.run(stack, "account", well, content=lambda text: {"appSpecContent": {"content": text}})[0] == "Succeeded"

    def broken(_):
        raise OSError("nobody answers")

    told, why = hook.run(stack, "checkout", broken, "the token")
    assert told == "Failed" and "nobody answers" in why
    assert not any(secret in why for secret in ("the token", *hook.PROBE.values()))


def test_no_version_of_any_function_is_given_anything_before_it_was_asked(stack):
    aliases = template.resources(stack, "AWS::Lambda::Alias")
    assert len(aliases) == len(rust.functions())
    for name, alias in aliases.items():
        assert alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"] == {"Ref": "BeforeTraffic"}, name
    its = stack["Resources"]["BeforeTraffic"]["Properties"]
    # CodeDeploy's role of AWS's may call functions of this name and no others.
    assert template.resolve(its["FunctionName"], stack) == "CodeDeployHook_gudok"
    assert len(its["Code"]["ZipFile"]) <= 4_096


def test_the_hook_may_ask_our_functions_tell_codedeploy_and_read_its_own_secret(stack):
    policy = lambda **said: template.resolve(stack["Resources"]["BeforeTrafficRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"], stack, said)
    may = {(action, resource) for it in policy() for action in listed(it["Action"]) for resource in listed(it["Resource"])}
    arn = "arn:aws:lambda:ap-northeast-2:123456789012:function:gudok-"
    assert {resource for action, resource in may if action == "lambda:InvokeFunction"} == {f"{arn}{name}:*" for name in rust.functions()}
    assert {action.split(":")[0] for action, _ in may} == {"logs", "codedeploy", "lambda"}
    (secret,) = (it for it in policy(Probe="true") if it["Action"] == "secretsmanager:GetSecretValue")
    assert secret["Resource"] == "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:gudok/probe-??????"
