"""Brings rows of an earlier release to what this one reads: the entries of the journal to the partitions of its index by month.

    aws/migrate.sh gudok-data          counts them, and changes nothing
    aws/migrate.sh gudok-data --yes    does it

It can be broken off and run again, before a deployment or after it, while everything runs: an entry is never changed
otherwise, and one that is already there is left alone. It reads the whole journal, a megabyte at a time.
"""

import re

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
    dynamodb, table = account.client("dynamodb"), f"{wanted.stack}-journal"
    read = found = 0
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="uid, #at, #day", ExpressionAttributeNames={"#at": "at", "#day": "day"}
    )
    for page in pages:
        for row in page["Items"]:
            read += 1
            day = DAY.match(row.get("day", {}).get("S", ""))
            if day is None:
                continue
            found += 1
            if wanted.yes:
                move(dynamodb, table, row, f"{day.group(1)}#{part(row['uid']['S'])}")
        print(f"{read} entries read, {found} of them {'moved' if wanted.yes else 'to be moved'}", flush=True)
    if found and not wanted.yes:
        print("Nothing was done; --yes does it.")


def part(uid):
    """The part of the members that one is in: shared/ledger/src/keys.rs, month_of."""
    digest = 0xCBF29CE484222325
    for byte in uid.encode():
        digest = (digest ^ byte) * 0x100000001B3 % 2**64
    return digest % SHARDS % PARTS


def move(dynamodb, table, row, to):
    try:
        dynamodb.update_item(
            TableName=table,
            Key={"uid": row["uid"], "at": row["at"]},
            UpdateExpression="SET #day = :to",
            ConditionExpression="#day = :before",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":to": {"S": to}, ":before": row["day"]},
        )
    except ClientError as error:
        # Somebody who was erased meanwhile has no journal any more.
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


if __name__ == "__main__":
    main()
