"""Brings rows of an earlier release to what this one reads: the entries of the journal to the partitions of its index by month,
and payments, and what is kept of them, into theirs.

    aws/migrate.sh gudok-data          counts them, and changes nothing
    aws/migrate.sh gudok-data --yes    does it

It can be broken off and run again, before a deployment or after it, while everything runs: where a row is in its index is
never changed otherwise, and one that is already there is left alone. It reads all three tables, a megabyte at a time.
"""

import re
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

import account

# How a day was written before.
DAY = re.compile(r"^(\d{4}-\d{2})-\d{2}$")
SHARDS, PARTS = 8, 4


def main(said=None):
    arguments = account.arguments(__doc__)
    arguments.add_argument("stack", help="the stack of the tables")
    arguments.add_argument("--yes", action="store_true", help="do it, and do not only count")
    wanted = arguments.parse_args(said)
    dynamodb = account.client("dynamodb")
    found = sum(bring(dynamodb, f"{wanted.stack}-{name}", name, wanted.yes) for name in PLACES)
    if found and not wanted.yes:
        print("Nothing was done; --yes does it.")


def bring(dynamodb, table, name, do):
    hash_key, range_key, place = PLACES[name]
    read = found = 0
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="#hash, #range, #day", ExpressionAttributeNames={"#hash": hash_key, "#range": range_key, "#day": "day"}
    )
    for page in pages:
        for row in page["Items"]:
            read += 1
            to = place(row)
            if to is None:
                continue
            found += 1
            if do:
                move(dynamodb, table, {hash_key: row[hash_key], range_key: row[range_key]}, row.get("day"), to)
        print(f"{name}: {read} rows read, {found} of them {'moved' if do else 'to be moved'}", flush=True)
    return found


def entry(row):
    """An entry of the journal that is there by its day."""
    day = DAY.match(row.get("day", {}).get("S", ""))
    return day and f"{day.group(1)}#{part(row['uid']['S'])}"


def payment(row):
    """A payment that is in no part of the index."""
    return None if "day" in row else f"{month(row['paid_at']['S'])}#{part(row['uid']['S'])}"


def kept(row):
    """A payment or an event that is kept and in no part of the index. Who looked is in none."""
    what, _, moment = row["record"]["S"].partition("#")
    return None if "day" in row or what not in ("payment", "event") else f"{month(moment)}#0"


def month(key):
    """The month in Korea of a sort key."""
    at = datetime.fromisoformat(key.partition("#")[0].replace("Z", "+00:00"))
    return (at + timedelta(hours=9)).strftime("%Y-%m")


def part(uid):
    """The part of the members that one is in: shared/ledger/src/keys.rs, month_of."""
    digest = 0xCBF29CE484222325
    for byte in uid.encode():
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return digest % SHARDS % PARTS


def move(dynamodb, table, key, before, to):
    # A row that is gone is not made again.
    was = {":before": before} if before else {}
    held = "#day = :before" if before else "attribute_exists(#key) AND attribute_not_exists(#day)"
    names = {"#day": "day"} | ({} if before else {"#key": next(iter(key))})
    try:
        dynamodb.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #day = :to",
            ConditionExpression=held,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":to": {"S": to}, **was},
        )
    except ClientError as error:
        # Somebody who was erased meanwhile has no such row any more.
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


PLACES = {"journal": ("uid", "at", entry), "payments": ("uid", "paid_at", payment), "retained": ("subscription", "record", kept)}


if __name__ == "__main__":
    main()
