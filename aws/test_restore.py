"""aws/restore.py on tables of moto's.

moto makes no backup of a table that is deleted, as DynamoDB does, so each test makes it; and it restores to no moment but
now, so the moment is looked at in what was asked.
"""

import boto3
import botocore.exceptions
import moto
import pytest

import account
import restore
import template
from cloud import Cloud, Stack

NAMES = sorted(template.exports("gudok-data"))
AT = ["--at", "2026-11-22T03:00:00Z"]


@pytest.fixture
def asked(listen):
    """The tables, and everything that is asked of DynamoDB from now on."""
    with moto.mock_aws():
        Stack(Cloud(), "gudok-data").create(template.data())
        yield listen()


def dynamodb():
    return account.client("dynamodb")


def tables():
    return set(dynamodb().list_tables()["TableNames"])


def put(name, *texts):
    definition = dynamodb().describe_table(TableName=name)["Table"]["KeySchema"]
    table = boto3.resource("dynamodb", region_name=account.region()).Table(name)
    for text in texts:
        table.put_item(Item={it["AttributeName"]: text for it in definition} | {"text": text})


def rows(name):
    table = boto3.resource("dynamodb", region_name=account.region()).Table(name)
    return {it["text"] for it in table.scan()["Items"]}


def lose(name):
    """Somebody deletes a table, protection and all."""
    dynamodb().create_backup(TableName=name, BackupName="as DynamoDB does at a deletion")
    restore.delete(dynamodb(), name)
    assert name not in tables()


def protection(name):
    client = dynamodb()
    past = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return (
        client.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"],
        past["PointInTimeRecoveryStatus"],
        client.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("AttributeName"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_lost_table_comes_back_under_its_own_name_with_its_rows_and_its_protection(asked, name):
    put(name, "one", "two")
    before = protection(name), restore.shape(dynamodb().describe_table(TableName=name)["Table"])
    assert before[0][:2] == (True, "ENABLED")
    lose(name)
    restore.main(["gudok-data", name.removeprefix("gudok-data-"), "--yes"])
    assert rows(name) == {"one", "two"}
    assert (protection(name), restore.shape(dynamodb().describe_table(TableName=name)["Table"])) == before
    (said,) = [parameters for operation, parameters in asked if operation == "RestoreTableFromBackup"]
    assert said["SSESpecificationOverride"] == {"Enabled": template.data()["Resources"]["OrdersTable"]["Properties"]["SSESpecification"]["SSEEnabled"]}
    with pytest.raises(botocore.exceptions.ClientError):
        dynamodb().delete_table(TableName=name)


def test_nothing_is_done_without_a_yes(asked, capsys):
    lose("gudok-data-orders")
    del asked[:]
    restore.main(["gudok-data", "orders"])
    assert "gudok-data-orders" not in tables()
    assert {operation for operation, _ in asked} <= {"DescribeTable", "ListBackups", "ListTables"}
    assert "restore gudok-data-orders from arn:" in capsys.readouterr().out


def test_a_table_that_is_there_is_never_restored_over_and_is_protected_again(asked):
    put("gudok-data-orders", "one")
    dynamodb().update_table(TableName="gudok-data-orders", DeletionProtectionEnabled=False)
    del asked[:]
    restore.main(["gudok-data", "orders", "--yes"])
    assert not [operation for operation, _ in asked if operation.startswith(("Restore", "Delete"))]
    assert protection("gudok-data-orders")[0] is True
    assert rows("gudok-data-orders") == {"one"}


def test_a_table_without_a_backup_is_refused(asked, capsys):
    restore.delete(dynamodb(), "gudok-data-orders")
    with pytest.raises(SystemExit):
        restore.main(["gudok-data", "orders", "--yes"])
    assert "no backup" in capsys.readouterr().err


def test_a_moment_is_restored_beside_the_table(asked):
    put("gudok-data-payments", "one")
    del asked[:]
    restore.main(["gudok-data", "payments", *AT, "--yes"])
    beside = "gudok-data-payments-at-20261122T030000Z"
    assert tables() == {*NAMES, beside} and rows(beside) == {"one"}
    (said,) = [parameters for operation, parameters in asked if operation == "RestoreTableToPointInTime"]
    assert said["RestoreDateTime"].isoformat() == "2026-11-22T03:00:00+00:00"
    assert not [operation for operation, _ in asked if operation.startswith("Delete")]


def test_a_moment_takes_the_place_of_the_table_and_nothing_else_is_left(asked):
    name = "gudok-data-retained"
    put(name, "one")
    before = protection(name)
    restore.main(["gudok-data", "retained", *AT, "--replace", "--yes"])
    assert tables() == set(NAMES) and rows(name) == {"one"}
    assert protection(name) == before


@pytest.mark.parametrize("broken_at", ["create_backup", "delete_table", "restore_table_from_backup", "update_continuous_backups"])
def test_what_was_interrupted_is_gone_on_with(asked, monkeypatch, broken_at):
    name = "gudok-data-subscriptions"
    put(name, "one")
    command = ["gudok-data", "subscriptions", *AT, "--replace", "--yes"]
    client = dynamodb()

    class Breaking:
        def __getattr__(self, operation):
            if operation == broken_at:
                raise ConnectionError
            return getattr(client, operation)

    with monkeypatch.context() as patched:
        patched.setattr(account, "client", lambda _: Breaking())
        with pytest.raises(ConnectionError):
            restore.main(command)
    restore.main(command)
    assert tables() == set(NAMES) and rows(name) == {"one"}
    assert protection(name)[:2] == (True, "ENABLED")


def test_a_table_from_before_an_index_is_not_taken_for_ours(asked, monkeypatch, capsys):
    lose("gudok-data-orders")
    changed = restore.definitions()
    changed["orders"] = {**changed["orders"], "GlobalSecondaryIndexes": []}
    monkeypatch.setattr(restore, "definitions", lambda: changed)
    with pytest.raises(SystemExit):
        restore.main(["gudok-data", "orders", "--yes"])
    assert "other keys or indexes" in capsys.readouterr().err


def test_a_table_of_which_nothing_would_be_kept_is_not_deleted(asked, capsys):
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb().update_continuous_backups(TableName="gudok-data-orders", PointInTimeRecoverySpecification=off)
    with pytest.raises(SystemExit):
        restore.main(["gudok-data", "orders", *AT, "--replace", "--yes"])
    assert set(NAMES) <= tables()
    assert "nothing would be kept of it" in capsys.readouterr().err


def test_what_makes_no_sense_is_refused(asked):
    for said in (["nothing"], ["orders", "--replace"], ["orders", "--at", "yesterday"]):
        with pytest.raises(SystemExit):
            restore.main(["gudok-data", *said, "--yes"])
    lose("gudok-data-orders")
    with pytest.raises(SystemExit):
        restore.main(["gudok-data", "orders", *AT, "--yes"])
