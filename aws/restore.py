"""Restores a table of the stack of the tables.

A table that is lost, under its own name and protected again, as it was when it was deleted (DynamoDB keeps that for 35 days):

    aws/restore.sh gudok-data orders                    shows what would be done
    aws/restore.sh gudok-data orders --yes              does it
    aws/restore.sh gudok-data orders --backup ARN --yes from a certain backup

A table whose rows are wrong, as it was at a moment of the last 35 days, beside it, to compare and to take rows from:

    aws/restore.sh gudok-data orders --at 2026-11-22T03:00:00Z --yes

The same in its place; what is there now stays as a backup. Nothing may write to it meanwhile (docs/runbook.md):

    aws/restore.sh gudok-data orders --at 2026-11-22T03:00:00Z --replace --yes

It waits as long as it takes; a large table takes hours. If it is interrupted, the same command goes on. What DynamoDB
does not restore, protection from deletion, the table's past and the expiry of rows, is set again from aws/data.yaml.
docs/runbook.md has what to do before and after.
"""

import sys
import time
from datetime import datetime, timezone

import botocore.exceptions

import account
import template

# As every table in aws/data.yaml is.
ENCRYPTED = {"Enabled": True}

# Every 20 seconds, for two days.
PATIENCE = {"Delay": 20, "MaxAttempts": 2 * 24 * 180}


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("stack", help="the stack of the tables")
    arguments.add_argument("table", choices=sorted(definitions()), help="which of them")
    arguments.add_argument("--at", type=moment, metavar="TIME", help="a moment of the last 35 days, such as 2026-11-22T03:00:00Z")
    arguments.add_argument("--replace", action="store_true", help="with --at, in the place of the table that is there")
    arguments.add_argument("--backup", metavar="ARN", help="a certain backup of a lost table")
    arguments.add_argument("--yes", action="store_true", help="do it, and do not only show it")
    wanted = arguments.parse_args(said)
    if wanted.replace and not wanted.at:
        arguments.error("--replace wants a moment (--at)")
    dynamodb = account.client("dynamodb")
    name = f"{wanted.stack}-{wanted.table}"
    steps = plan(dynamodb, name, definitions()[wanted.table], wanted)
    for text, _ in steps:
        print(text)
    if not wanted.yes:
        print("Nothing was done; --yes does it.")
        return
    for text, step in steps:
        print(f"... {text}", flush=True)
        step()
    print("Done. What comes next: docs/runbook.md, Restoring a table.")


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def definitions():
    """What each table is, from aws/data.yaml, by the part of its name that comes after the stack's."""
    tables = template.resources(template.data(), "AWS::DynamoDB::Table")
    return {it["Properties"]["TableName"]["Fn::Sub"].split("}-")[1]: it["Properties"] for it in tables.values()}


def plan(dynamodb, name, wanted, said):
    """What has to be done, in order: each step's text, and the step."""
    protection = [
        (f"compare the keys and indexes of {name} with aws/data.yaml", lambda: compare(dynamodb, name, wanted)),
        (f"protect {name}: no deletion, its past, the expiry of rows", lambda: protect(dynamodb, name, wanted)),
    ]
    beside = f"{name}-at-{said.at:%Y%m%dT%H%M%SZ}" if said.at else None
    is_there = exists(dynamodb, name)
    if said.at and is_there and not finished(dynamodb, name, beside, said):
        there = [(f"restore {name} as of {said.at:%Y-%m-%d %H:%M:%S} UTC as {beside}", lambda: restore_beside(dynamodb, name, beside, said.at))]
        if not said.replace:
            return there
        return [
            *there,
            (f"back {beside} up", lambda: back_up(dynamodb, beside)),
            (f"delete {name}, of which DynamoDB keeps a backup for 35 days", lambda: delete_kept(dynamodb, name)),
            (f"restore {name} from the backup of {beside}", lambda: restore(dynamodb, name, newest(dynamodb, beside))),
            *protection,
            (f"delete {beside}", lambda: delete(dynamodb, beside)),
        ]
    if is_there:
        leftover = [(f"delete {beside}", lambda: delete(dynamodb, beside))] if said.replace and exists(dynamodb, beside) else []
        return [*protection, *leftover]
    if said.at and not said.replace:
        account.stop(f"{name} is gone, and a table that is gone has no moments: restore it first (without --at).")
    source = said.backup or newest(dynamodb, beside or name)
    if source is None:
        account.stop(f"There is no backup of {name}.")
    leftover = [(f"delete {beside}", lambda: delete(dynamodb, beside))] if beside and exists(dynamodb, beside) else []
    return [(f"restore {name} from {source}", lambda: restore(dynamodb, name, source)), *protection, *leftover]


def finished(dynamodb, name, beside, said):
    """Whether an earlier run has put the table in place already, and was interrupted after it."""
    if not (said.replace and exists(dynamodb, beside)):
        return False
    source = newest(dynamodb, beside)
    restored = dynamodb.describe_table(TableName=name)["Table"].get("RestoreSummary", {})
    return source is not None and restored.get("SourceBackupArn") == source


def exists(dynamodb, name):
    try:
        dynamodb.describe_table(TableName=name)
    except dynamodb.exceptions.ResourceNotFoundException:
        return False
    return True


def newest(dynamodb, name):
    """The latest backup of a table, of its deletion or by hand."""
    pages = dynamodb.get_paginator("list_backups").paginate(TableName=name, BackupType="ALL")
    found = [it for page in pages for it in page["BackupSummaries"] if it["BackupStatus"] == "AVAILABLE"]
    return max(found, key=lambda it: it["BackupCreationDateTime"])["BackupArn"] if found else None


def wait(dynamodb, name):
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=PATIENCE)


def restore_beside(dynamodb, name, beside, at):
    if not exists(dynamodb, beside):
        dynamodb.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=beside, RestoreDateTime=at, SSESpecificationOverride=ENCRYPTED)
    wait(dynamodb, beside)


def back_up(dynamodb, name):
    if newest(dynamodb, name):
        return
    arn = dynamodb.create_backup(TableName=name, BackupName=name)["BackupDetails"]["BackupArn"]
    while dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "CREATING":
        time.sleep(PATIENCE["Delay"])


def restore(dynamodb, name, backup):
    dynamodb.restore_table_from_backup(TargetTableName=name, BackupArn=backup, SSESpecificationOverride=ENCRYPTED)
    wait(dynamodb, name)


def delete(dynamodb, name):
    if dynamodb.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
        dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        wait(dynamodb, name)
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=PATIENCE)


def delete_kept(dynamodb, name):
    """DynamoDB keeps a backup of a table that has its past, and of no other."""
    past = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    if past.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
        account.stop(f"{name} has no past, so nothing would be kept of it. It is left; back it up and delete it by hand.")
    delete(dynamodb, name)


def shape(table):
    """What must be the same for two tables to serve alike."""
    keys = lambda schema: sorted((it["AttributeName"], it["KeyType"]) for it in schema)
    indexes = {
        it["IndexName"]: (keys(it["KeySchema"]), it["Projection"]["ProjectionType"], sorted(it["Projection"].get("NonKeyAttributes", [])))
        for it in table.get("GlobalSecondaryIndexes", [])
    }
    return keys(table["KeySchema"]), indexes


def compare(dynamodb, name, wanted):
    """A table from before an index was added would leave the code without it."""
    wait(dynamodb, name)
    found = shape(dynamodb.describe_table(TableName=name)["Table"])
    if found != shape(wanted):
        account.stop(f"{name} has other keys or indexes than aws/data.yaml: {found}. It was left as it is, unprotected.")


def protect(dynamodb, name, wanted):
    """What restoring does not bring back."""
    past = wanted["PointInTimeRecoverySpecification"]
    patiently(lambda: dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=past))
    expiry = wanted.get("TimeToLiveSpecification")
    is_set = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("AttributeName")
    if expiry and not is_set:
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=wanted["DeletionProtectionEnabled"])
    wait(dynamodb, name)


def patiently(request):
    """A table that was restored a moment ago says for a while that it has no backups yet."""
    for _ in range(30):
        try:
            return request()
        except botocore.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ContinuousBackupsUnavailableException":
                raise
            time.sleep(PATIENCE["Delay"])
    return request()


if __name__ == "__main__":
    sys.exit(main())
