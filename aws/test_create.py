"""Every resource of both stacks is made, in an account of moto's, by the requests of its own service (aws/cloud.py): with
all that parameters can change, a second stack beside it, and a release on top.

What this does not show: whether AWS would take a certificate, a role's permissions, or a metric's name. Policies of headers
are looked at by their shape alone, for moto has none.
"""

import itertools
import json
import random

import moto
import pytest

import account
import template
from cloud import SECRETS, Refused, Stack, holds, prepared, wanted
from test_template import refused

# What each condition hangs on, both ways.
EITHER = {
    "HostWeb": ["true", "false"],
    "WebUrl": ["", "https://gudok.example.com"],
    "WebCertificateArn": ["", "arn:aws:acm:us-east-1:123456789012:certificate/1"],
    "DeskUrl": ["", "https://desk.example.com"],
    "ContentSecurityPolicyMode": ["enforce", "report-only"],
    "AppCheck": ["", '{"project_number":"123456789012","apps":["1:123456789012:web:abc"]}'],
    "WebAclArn": ["", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/gudok/1"],
    "PublicApiUrl": ["", "https://api.gudok.example.com"],
    "RawApiAddress": ["open", "closed"],
    "SweepConcurrency": ["10", "0"],
    "WebhookConcurrency": ["100", "0"],
    "CheckedUrls": ["", "https://gudok.example.com/plans https://desk.example.com/"],
    "MonthlyBudget": ["20", "0"],
    "AlarmEmail": ["", "me@example.com"],
    "GradualDeployment": ["true", "false"],
    "Probe": ["true", "false"],
    "Architecture": ["x86_64", "arm64"],
}


def accepted(stack):
    """Some hundreds of the deployments that no rule refuses."""
    chance = random.Random(0)
    while True:
        said = {name: chance.choice(values) for name, values in EITHER.items()}
        if not refused(stack, **said):
            yield said


def pairs(said):
    """What a deployment shows of how two parameters go together."""
    return set(itertools.combinations(sorted(said.items()), 2))


def covering(deployments):
    """A few deployments in which everything that two parameters can be together is seen."""
    everything = [(said, pairs(said)) for said in deployments]
    unseen = set().union(*(shown for _, shown in everything))
    chosen = []
    while unseen:
        said, shown = max(everything, key=lambda one: len(one[1] & unseen))
        chosen.append(said)
        unseen -= shown
    return chosen


@pytest.fixture(scope="session")
def deployments(stack):
    return covering(list(itertools.islice(accepted(stack), 300)))


@pytest.fixture
def cloud():
    with moto.mock_aws():
        yield prepared()


def with_data(cloud, data, name="gudok-data"):
    return Stack(cloud, name).create(data)


def deployed(cloud, name="gudok", **said):
    return Stack(cloud, name, said).create(template.expanded(**said))


def test_every_condition_is_seen_both_ways(stack, deployments):
    conditions = stack["Conditions"]
    for name in conditions:
        seen = {holds(stack, name, said) for said in deployments}
        assert seen == {True, False}, name


def test_every_resource_of_both_stacks_is_made_whatever_is_said(data, deployments):
    made = set()
    assert len(deployments) < 20
    for said in deployments:
        with moto.mock_aws():
            cloud = prepared()
            tables = with_data(cloud, data)
            stack = deployed(cloud, **said)
            made |= set(stack.properties) | set(tables.properties)
    every = set(data["Resources"])
    for said in deployments:
        every |= set(template.expanded(**said)["Resources"])
    assert made == every


def test_what_is_attached_to_a_role_is_a_policy_of_aws(stack):
    attached = {arn for it in template.resources(stack, "AWS::IAM::Role").values() for arn in template.resolve(it["Properties"].get("ManagedPolicyArns", []), stack)}
    with moto.mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        for arn in attached:
            assert account.client("iam").get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
    assert {arn.rsplit("/")[-1] for arn in attached} == {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
        "AWSCodeDeployRoleForLambda",
    }


def test_the_tables_have_their_past_and_what_the_law_limits_its_end(cloud, data):
    tables = with_data(cloud, data)
    dynamodb = cloud.client("dynamodb")
    for logical in data["Resources"]:
        name = tables.made[logical]
        past = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert past["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert expiry.get("AttributeName") == ("delete_at" if logical in ("RetainedTable", "OrdersTable") else None)


def test_a_second_stack_stands_beside_the_first_and_shares_no_name_with_it(cloud, data):
    with_data(cloud, data)
    first = deployed(cloud)
    # On the same tables, and on tables of its own.
    second = deployed(cloud, "trial")
    with_data(cloud, data, "other-data")
    third = deployed(cloud, "other", DataStack="other-data")
    for one, another in itertools.combinations((first, second, third), 2):
        called = [{(it.types[logical], it.made[logical]) for logical in it.properties} for it in (one, another)]
        # A stage is named within its API.
        assert {kind for kind, _ in called[0] & called[1]} <= {"AWS::ApiGatewayV2::Stage"}


def test_an_application_without_its_data_is_refused_before_anything_can_call_it(cloud, data):
    with_data(cloud, data)
    with pytest.raises(Refused, match="nowhere to be found"):
        deployed(cloud, DataStack="gudok-dta")
    # These two know no table.
    assert {it["FunctionName"] for it in cloud.client("lambda").list_functions()["Functions"]} <= {"gudok-check", "CodeDeployHook_gudok"}


def test_a_stack_of_a_name_that_is_taken_is_refused(cloud, data):
    with_data(cloud, data)
    deployed(cloud)
    with pytest.raises(Refused):
        deployed(cloud)
    with pytest.raises(Refused, match="Table"):
        with_data(cloud, data)


def test_a_release_changes_every_function_and_nothing_else(cloud, data):
    with_data(cloud, data)
    stack = deployed(cloud)
    again = template.expanded(Release="2611221201")
    new, changed = stack.update(again, Release="2611221201")
    released = template.resources(again, "AWS::Lambda::Version")
    assert set(new) == set(released)
    functions = {name for name, _ in template.functions(again).values()}
    assert set(changed) == functions | set(template.resources(again, "AWS::Lambda::Alias"))
    for name in functions:
        function = stack.made[name]
        alias = cloud.client("lambda").get_alias(FunctionName=function, Name="live")
        assert alias["FunctionVersion"] == "2"
        assert len(cloud.client("lambda").list_versions_by_function(FunctionName=function)["Versions"]) == 3


def slack_url(cloud, qualifier):
    """What a version of `announce` is told to send to."""
    function = cloud.client("lambda").get_function_configuration(FunctionName="gudok-announce", Qualifier=qualifier)
    return function["Environment"]["Variables"]["SLACK_WEBHOOK_URL"]


def test_a_rotated_secret_is_read_by_the_next_release_and_the_one_before_keeps_its_own(cloud, data):
    """What docs/runbook.md has one do: store the second value, deploy, then revoke the first."""
    with_data(cloud, data)
    stack = deployed(cloud)
    old, new = SECRETS["slack"], "https://hooks.slack.com/services/new"
    cloud.client("secretsmanager").put_secret_value(SecretId="gudok/slack", SecretString=new)
    # Nothing reads it by itself, and neither does a deployment that is none.
    assert stack.update(template.expanded()) == ([], [])
    assert slack_url(cloud, "live") == old
    stack.update(template.expanded(Release="2611221201"), Release="2611221201")
    assert (slack_url(cloud, "live"), slack_url(cloud, "1")) == (new, old)


def test_an_application_whose_secret_is_not_there_is_refused(cloud, data):
    with_data(cloud, data)
    with pytest.raises(Refused, match="Secret"):
        deployed(cloud, SecretsPrefix="trial")


def test_an_application_whose_making_fails_is_seen_to_fail(cloud, data):
    with_data(cloud, data)
    text = template.PATH.read_text(encoding="utf-8")
    for right, wrong, where in [
        ("IdentitySource: [", "IdentitySources: [", "SignedIn"),
        ("DependsOn: [PaymentWebhookRoute, ScheduleWebhookRoute]", "DependsOn: []", "ApiStage"),
        ('{ LogGroupName: !Sub "/aws/lambda/${AWS::StackName}-sweep"', '{ LogGroupName: !Sub "/aws/lambda/${AWS::StackName}-admin"', "Logs"),
    ]:
        assert right in text
        with pytest.raises(Refused, match=where):
            Stack(cloud, f"broken-{where.lower()}").create(template.expanded(text.replace(right, wrong)))


def create_only(kind):
    """The properties of a type that cannot be changed without a replacement."""
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return {path.removeprefix("/properties/").split("/")[0] for path in schema.get("createOnlyProperties", [])}


def test_no_parameter_replaces_what_has_a_name(stack, deployments):
    """CloudFormation makes the new one first, and two cannot have one name: such an update fails."""
    seen = {}
    for said in deployments:
        expanded = template.expanded(**said)
        for logical, it in wanted(expanded, said):
            names = [key for key in it.get("Properties", {}) if key in ("Name", "FunctionName", "TableName", "LogGroupName", "AlarmName", "DashboardName")]
            if not names or it["Type"] in ("AWS::Lambda::Permission", "AWS::Lambda::Version", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Alias"):
                continue
            fixed = {key: template.resolve(it["Properties"].get(key), expanded, said) for key in create_only(it["Type"])}
            assert seen.setdefault(logical, fixed) == fixed, logical
    assert {"CheckoutFunction", "Bus", "SweepLogs", "Api"} <= set(seen)


def test_the_budget_tells_of_both_limits(cloud, data):
    with_data(cloud, data)
    stack = deployed(cloud, AlarmEmail="me@example.com")
    told = cloud.client("budgets").describe_notifications_for_budget(AccountId="123456789012", BudgetName=stack.made["Budget"])
    assert {it["NotificationType"] for it in told["Notifications"]} == {"ACTUAL", "FORECASTED"}
    (mail,) = cloud.client("sns").list_subscriptions_by_topic(TopicArn=stack.made["Alarms"])["Subscriptions"]
    assert (mail["Protocol"], mail["Endpoint"]) == ("email", "me@example.com")


def test_a_document_of_a_role_or_a_queue_is_json(cloud, data):
    with_data(cloud, data)
    stack = deployed(cloud)
    for logical in template.resources(template.expanded(), "AWS::SQS::Queue"):
        url = stack.made[logical]
        policy = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
        assert json.loads(policy)["Statement"], logical
