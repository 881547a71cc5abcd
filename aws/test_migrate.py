"""aws/migrate.py on tables in an account of moto's."""

import moto
import pytest

import account
import migrate
import template
from cloud import Stack, prepared

ENTRIES = [
    ("member-0", "2026-11-22T03:00:15Z#a", "2026-11-22"),
    ("회원", "2026-10-31T15:00:00Z#b", "2026-11-01"),
    ("member-0", "2026-11-23T03:00:15Z#c", "2026-11#1"),
]


@pytest.fixture
def dynamodb():
    with moto.mock_aws():
        Stack(prepared(), "gudok-data").create(template.data())
        client = account.client("dynamodb")
        for uid, at, day in ENTRIES:
            client.put_item(TableName="gudok-data-journal", Item={"uid": {"S": uid}, "at": {"S": at}, "day": {"S": day}, "id": {"S": at[-1]}})
        yield client


def days(dynamodb):
    rows = dynamodb.scan(TableName="gudok-data-journal")["Items"]
    return {row["id"]["S"]: row["day"]["S"] for row in rows}


def test_counting_changes_nothing_and_doing_it_twice_does_it_once(dynamodb, capsys):
    before = days(dynamodb)
    migrate.main(["gudok-data"])
    assert days(dynamodb) == before
    assert "3 entries read, 2 of them to be moved" in capsys.readouterr().out
    migrate.main(["gudok-data", "--yes"])
    after = days(dynamodb)
    assert after == {"a": f"2026-11#{migrate.part('member-0')}", "b": f"2026-11#{migrate.part('회원')}", "c": "2026-11#1"}
    capsys.readouterr()
    migrate.main(["gudok-data", "--yes"])
    assert days(dynamodb) == after
    assert "3 entries read, 0 of them moved" in capsys.readouterr().out


def test_who_was_erased_meanwhile_is_not_noted_again(dynamodb):
    rows = dynamodb.scan(TableName="gudok-data-journal")["Items"]
    gone = next(row for row in rows if row["id"]["S"] == "a")
    dynamodb.delete_item(TableName="gudok-data-journal", Key={"uid": gone["uid"], "at": gone["at"]})
    migrate.move(dynamodb, "gudok-data-journal", gone, "2026-11#0")
    assert "a" not in days(dynamodb)


def test_the_parts_are_those_of_the_code():
    # As shared/ledger/tests/it/due.rs has the shards of these, four parts of eight.
    assert [migrate.part(uid) for uid in ("a", "foobar", "Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92", "member-0", "회원")] == PARTS


PARTS = [0, 0, 1, 2, 1]
