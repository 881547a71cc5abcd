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


PAYMENTS = [("member-0", "2026-11-30T14:59:59Z#imp_1"), ("회원", "2026-11-30T15:00:00Z#imp_2")]
KEPT = [
    ("01KAQ3X0000000000000000000", "payment#2026-10-31T15:00:00Z#imp_3"),
    ("01KAQ3X0000000000000000000", "event#2026-11-30T15:00:00Z#e"),
    ("01KAQ3X0000000000000000000", "consent"),
    ("looks-2026-11", "2026-11-30T15:00:00Z#look"),
]


@pytest.fixture
def dynamodb():
    with moto.mock_aws():
        Stack(prepared(), "gudok-data").create(template.data())
        client = account.client("dynamodb")
        for uid, at, day in ENTRIES:
            client.put_item(TableName="gudok-data-journal", Item={"uid": {"S": uid}, "at": {"S": at}, "day": {"S": day}, "id": {"S": at[-1]}})
        for uid, at in PAYMENTS:
            client.put_item(TableName="gudok-data-payments", Item={"uid": {"S": uid}, "paid_at": {"S": at}})
        for run, record in KEPT:
            client.put_item(TableName="gudok-data-retained", Item={"subscription": {"S": run}, "record": {"S": record}})
        yield client


def days(dynamodb):
    rows = dynamodb.scan(TableName="gudok-data-journal")["Items"]
    return {row["id"]["S"]: row["day"]["S"] for row in rows}


def test_counting_changes_nothing_and_doing_it_twice_does_it_once(dynamodb, capsys):
    before = days(dynamodb)
    migrate.main(["gudok-data"])
    assert days(dynamodb) == before
    assert "journal: 3 rows read, 2 of them to be moved" in capsys.readouterr().out
    migrate.main(["gudok-data", "--yes"])
    after = days(dynamodb)
    assert after == {"a": f"2026-11#{migrate.part('member-0')}", "b": f"2026-11#{migrate.part('회원')}", "c": "2026-11#1"}
    capsys.readouterr()
    migrate.main(["gudok-data", "--yes"])
    assert days(dynamodb) == after
    said = capsys.readouterr().out
    assert all(f"{name}, 0 of them moved" in said for name in ("journal: 3 rows read", "payments: 2 rows read", "retained: 4 rows read"))


def test_payments_and_what_is_kept_of_them_come_into_the_books(dynamodb):
    migrate.main(["gudok-data", "--yes"])
    of = lambda table, key: {row[key]["S"]: row.get("day", {}).get("S") for row in dynamodb.scan(TableName=f"gudok-data-{table}")["Items"]}
    assert of("payments", "paid_at") == {PAYMENTS[0][1]: f"2026-11#{migrate.part('member-0')}", PAYMENTS[1][1]: f"2026-12#{migrate.part('회원')}"}
    assert of("retained", "record") == {
        "payment#2026-10-31T15:00:00Z#imp_3": "2026-11#0",
        "event#2026-11-30T15:00:00Z#e": "2026-12#0",
        "consent": None,
        "2026-11-30T15:00:00Z#look": None,
    }


def test_who_was_erased_meanwhile_is_not_noted_again(dynamodb):
    rows = dynamodb.scan(TableName="gudok-data-journal")["Items"]
    gone = next(row for row in rows if row["id"]["S"] == "a")
    dynamodb.delete_item(TableName="gudok-data-journal", Key={"uid": gone["uid"], "at": gone["at"]})
    migrate.move(dynamodb, "gudok-data-journal", {"uid": gone["uid"], "at": gone["at"]}, gone["day"], "2026-11#0")
    assert "a" not in days(dynamodb)
    migrate.move(dynamodb, "gudok-data-payments", {"uid": gone["uid"], "paid_at": {"S": PAYMENTS[0][1]}}, None, "2026-11#0")
    nobody = {"uid": {"S": "nobody"}, "paid_at": {"S": PAYMENTS[0][1]}}
    migrate.move(dynamodb, "gudok-data-payments", nobody, None, "2026-11#0")
    assert len(dynamodb.scan(TableName="gudok-data-payments")["Items"]) == 2


def test_the_parts_are_those_of_the_code():
    # As shared/ledger/tests/it/due.rs has the shards of these, four parts of eight.
    assert [migrate.part(uid) for uid in ("a", "foobar", "Zk3vQ0xLr8YtB1nM5pWdE7uHfJ92", "member-0", "회원")] == PARTS


PARTS = [0, 0, 1, 2, 1]
