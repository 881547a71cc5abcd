"""The stack of the tables, made by aws/data.py in an account of moto's. What moto has no part in (point-in-time recovery
and expiry of rows by CloudFormation, protection from removal, taking in what exists) is looked at in what was asked."""

import json

import boto3
import moto
import pytest

import account
import data
import template


@pytest.fixture
def asked(listen):
    """An empty account, and everything that is asked of it."""
    with moto.mock_aws():
        yield listen({"UpdateTerminationProtection": {}})


def tables():
    return set(boto3.client("dynamodb", region_name="ap-northeast-2").list_tables()["TableNames"])


def parameters_of(asked, operation):
    return [parameters for name, parameters in asked if name == operation]


def test_the_tables_are_made_in_the_one_region_and_cannot_be_removed(asked):
    data.main(["--yes"])
    assert account.region() == "ap-northeast-2"
    assert tables() == set(template.exports("gudok-data"))
    dynamodb = account.client("dynamodb")
    for name in tables():
        assert dynamodb.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True
    assert parameters_of(asked, "UpdateTerminationProtection") == [{"StackName": "gudok-data", "EnableTerminationProtection": True}]


def test_no_update_replaces_or_removes_a_table(asked):
    data.main(["--yes"])
    policy = json.loads(account.client("cloudformation").get_stack_policy(StackName="gudok-data")["StackPolicyBody"])
    denied = [it for it in policy["Statement"] if it["Effect"] == "Deny"]
    assert denied == [{"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*", "Resource": "*"}]


def test_a_second_run_changes_nothing_and_protects_again(asked):
    data.main(["--yes"])
    del asked[:]
    data.main([])
    assert parameters_of(asked, "ExecuteChangeSet") == []
    assert len(parameters_of(asked, "SetStackPolicy")) == 1


def test_a_second_stack_has_tables_of_its_own(asked):
    data.main(["--yes"])
    data.main(["trial-data", "--yes"])
    assert tables() == set(template.exports("gudok-data")) | set(template.exports("trial-data"))


def test_a_stack_that_is_removed_leaves_its_tables(asked):
    data.main(["--yes"])
    account.client("cloudformation").delete_stack(StackName="gudok-data")
    assert tables() == set(template.exports("gudok-data"))


def test_what_failed_half_way_stays_and_what_exists_is_taken_in(asked):
    data.main(["--yes"])
    (first,) = parameters_of(asked, "CreateChangeSet")
    assert (first["ChangeSetType"], first["ImportExistingResources"]) == ("CREATE", True)
    assert [it["DisableRollback"] for it in parameters_of(asked, "ExecuteChangeSet")] == [True]
    del asked[:]
    data.main(["--yes"])
    (second,) = parameters_of(asked, "CreateChangeSet")
    assert (second["ChangeSetType"], second["ImportExistingResources"]) == ("UPDATE", True)


@pytest.mark.parametrize("change", [("Remove", "OrdersTable", "False"), ("Modify", "OrdersTable", "True")])
def test_a_change_that_would_lose_a_table_is_refused(asked, monkeypatch, capsys, change):
    data.main(["--yes"])
    monkeypatch.setattr(data, "propose", lambda *_: [change])
    del asked[:]
    with pytest.raises(SystemExit):
        data.main(["--yes"])
    assert parameters_of(asked, "ExecuteChangeSet") == []
    assert "OrdersTable would be lost" in capsys.readouterr().err


def test_nothing_is_done_without_a_yes(asked, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "")
    with pytest.raises(SystemExit):
        data.main([])
    assert tables() == set()
