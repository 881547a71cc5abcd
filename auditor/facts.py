"""What the auditor knows: the tables, Iamport's books, the accounts. Nothing here judges."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from korea import duration, from_unix, moment

Row = dict[str, Any]

#: Our order ids at Iamport: `reg-{run}-{card}` and `pay-{run}-{period}-{attempt}`.
ORDER = re.compile(r"^(?:reg-([0-9A-HJKMNP-TV-Z]{26})-(\d+)|pay-([0-9A-HJKMNP-TV-Z]{26})-(\d+)-(\d+))$")

#: Our names of billing keys there: `card-{run}-{card}`.
KEY = re.compile(r"^card-([0-9A-HJKMNP-TV-Z]{26})-(\d+)$")

#: A billing key was charged: only we can do that.
WITH_A_KEY = ("payment", "payment.scheduled")


@dataclass(frozen=True)
class Difference:
    """Something that is not as the rules have it."""

    rule: str
    of: str
    what: str


def plain(value: Row) -> Any:
    """A value of DynamoDB's JSON as plain JSON."""
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return int(inner)
        case "M":
            return {name: plain(of) for name, of in inner.items()}
        case "L":
            return [plain(of) for of in inner]
        case "NULL":
            return None
        case _:
            return inner


def plain_row(item: Row) -> Row:
    """A row as plain JSON."""
    return {name: plain(value) for name, value in item.items()}


@dataclass(frozen=True)
class Name:
    """What an order's id says: what it is for, of which run, and its numbers."""

    is_charge: bool
    run: str
    period: int
    attempt: int


def name_of(order: str) -> Name | None:
    """What an order's id says; `None` for one that is not ours."""
    found = ORDER.match(order or "")
    if not found:
        return None
    card_run, _, run, period, attempt = found.groups()
    if card_run:
        return Name(False, card_run, 0, 0)
    return Name(True, run, int(period), int(attempt))


@dataclass(frozen=True)
class Money:
    """A record at Iamport that says that money moved under an order of ours."""

    imp_uid: str
    order: str
    name: Name
    amount: int
    given_back: int
    at: datetime
    with_a_key: bool
    key: str | None
    refunds: tuple[Row, ...]


@dataclass(frozen=True)
class Booked:
    """A row of `payments`, or what is kept of one in `retained`."""

    imp_uid: str
    order: str
    name: Name | None
    amount: int
    refunded: int
    period: int
    plan: str
    at: datetime
    start: date
    end: date
    uid: str | None

    @property
    def is_kept(self) -> bool:
        """Whether not all of it was given back."""
        return self.refunded < self.amount


@dataclass
class Run:
    """One run of a subscription: from a checkout to its end."""

    id: str
    uid: str | None = None
    orders: dict[str, Row] = field(default_factory=dict)
    booked: list[Booked] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    news: list[Row] = field(default_factory=list)
    is_retained: bool = False

    def told(self, *kinds: str) -> Iterator[Row]:
        """What was announced of these kinds, the oldest first."""
        return (entry for entry in self.news if entry["type"] in kinds)


@dataclass
class Member:
    """One member: the row, and all runs that there were."""

    uid: str
    row: Row | None = None
    runs: list[Run] = field(default_factory=list)
    journal: list[Row] = field(default_factory=list)

    @property
    def run(self) -> Run | None:
        """The run that the row is about."""
        return next((run for run in self.runs if self.row and run.id == self.row["id"]), None)


class World:
    """All that is known of one history, or of one account."""

    def __init__(self, line: Row) -> None:
        """From one line of the stream, as the README describes it."""
        self.seed = line.get("seed")
        self.now = moment(line["now"])
        self.configurations: list[Row] = line.get("configuration") or [{}]
        self.accounts: dict[str, Row] | None = line.get("accounts")
        self.restored: list[Row] = line.get("restored", [])
        self.tables = {name: [plain_row(item) for item in rows] for name, rows in line["tables"].items()}
        self.iamport: Row = line["iamport"]
        console = line.get("console", {})
        self.moved = set(console.get("moved", []))
        self.deleted_keys = set(console.get("deleted_keys", []))
        self.records = {record["imp_uid"]: record for record in self.iamport["payments"]}
        self.runs: dict[str, Run] = {}
        self.members: dict[str, Member] = {}
        self.about: dict[str, list[Row]] = defaultdict(list)
        self._gather()

    # ---- The rows, by run and by member ----

    def _run(self, run: str, uid: str | None = None) -> Run:
        found = self.runs.setdefault(run, Run(run))
        found.uid = found.uid or uid
        return found

    def member(self, uid: str) -> Member:
        """The member of that uid."""
        return self.members.setdefault(uid, Member(uid))

    def _gather(self) -> None:
        for row in self.rows("subscriptions"):
            self.member(row["uid"]).row = row
            self._run(row["id"], row["uid"])
        for row in self.rows("orders"):
            if name := name_of(row["merchant_uid"]):
                self._run(name.run, row["uid"]).orders[row["merchant_uid"]] = row
        for row in self.rows("journal"):
            self._journal(row)
        for run in self.runs.values():
            run.news.sort(key=self._order_of_news)
        self.booked = [*map(booked, self.rows("payments")), *self._retained()]
        for payment in self.booked:
            if payment.name:
                self._run(payment.name.run, payment.uid).booked.append(payment)
        self.money = list(self._moved())
        for money in self.money:
            self._run(money.name.run).money.append(money)
        for run in sorted(self.runs.values(), key=lambda run: run.id):
            if run.uid:
                self.member(run.uid).runs.append(run)

    def _journal(self, row: Row) -> None:
        row["moment"] = moment(row.get("at_exact") or row["at"].split("#")[0])
        self.member(row["uid"]).journal.append(row)
        run = row["id"].split("-")[0]
        if row["entry"] == "told":
            self._run(run, row["uid"]).news.append(row)
            # Of a payment of an earlier run it is told with the run of then.
            for subject in (row.get("imp_uid"), row.get("merchant_uid")):
                if subject:
                    self.about[subject].append(row)

    def _order_of_news(self, entry: Row) -> tuple[Any, ...]:
        """The versions of a row count its writes, whatever the clocks said; but one that was put back counts anew."""
        _, version, number = entry["id"].split("-")
        counted = (int(version), int(number))
        put_back = any(it["table"] == "subscriptions" for it in self.restored)
        return (entry["moment"], *counted) if put_back else counted

    def _retained(self) -> Iterator[Booked]:
        for row in self.rows("retained"):
            if row["record"] == "consent" or row["record"].startswith(("payment#", "event#")):
                self._run(row["subscription"]).is_retained = True
            if row["record"].startswith("payment#"):
                yield booked(row)

    def _moved(self) -> Iterator[Money]:
        for record in self.iamport["payments"]:
            name = name_of(record["merchant_uid"])
            usage = record.get("customer_uid_usage")
            if name and usage != "issue" and record["status"] in ("paid", "cancelled"):
                back = record.get("cancel_history") or []
                yield Money(
                    record["imp_uid"],
                    record["merchant_uid"],
                    name,
                    record["amount"],
                    record.get("cancel_amount") or 0,
                    from_unix(record["paid_at"]),
                    usage in WITH_A_KEY,
                    record.get("customer_uid"),
                    tuple(sorted(back, key=lambda it: it["cancelled_at"])),
                )

    def rows(self, table: str) -> list[Row]:
        """All rows of a table."""
        return self.tables.get(table, [])

    # ---- What is asked for often ----

    def comparisons(self, day: date) -> Iterator[Row]:
        """The reports of the comparisons with Iamport's books that had that day before them, and came through."""
        for row in self.rows("orders"):
            if row["merchant_uid"].startswith("run-") and row.get("found") is not None:
                done = not row["dry_run"] and not row["troubled"] and not row.get("next")
                if done and row["from"] <= day.isoformat() <= row["to"]:
                    yield row

    def told(self, subject: str, *kinds: str) -> list[Row]:
        """What was announced of a payment or an order, with whatever run it was."""
        return [entry for entry in self.about.get(subject, []) if entry["type"] in kinds]

    def order(self, order: str) -> Row | None:
        """An order's row."""
        name = name_of(order)
        run = self.runs.get(name.run) if name else None
        return run.orders.get(order) if run else None

    def forgot(self, table: str, at: datetime) -> bool:
        """Whether the table was put back to before a moment, after it."""
        return any(
            it["table"] == table and moment(it["to"]) <= at <= moment(it["at"]) for it in self.restored
        )

    @property
    def configuration(self) -> Row:
        """What the functions are configured with."""
        return self.configurations[-1]

    def policy(self, number: str, default: Any) -> Any:
        """A number of today's policy."""
        return self.configuration.get("policy", {}).get(number, default)

    def policy_wait(self, name: str, default: str) -> timedelta:
        """A duration of today's policy."""
        return duration(self.policy(name, default))

    def policies(self) -> Iterable[Row]:
        """All policies there ever were."""
        return (it.get("policy", {}) for it in self.configurations)

    def standing(self) -> dict[str, list[Row]]:
        """The schedules that wait for their time at Iamport, by run."""
        found = defaultdict(list)
        for schedule in self.iamport["schedules"]:
            name = name_of(schedule["merchant_uid"])
            if name and schedule["schedule_status"] == "scheduled":
                found[name.run].append(schedule)
        return found


def booked(row: Row) -> Booked:
    """A payment as it is booked."""
    at = row.get("paid_at_exact") or row["paid_at"].split("#")[0]
    return Booked(
        row["imp_uid"],
        row["merchant_uid"],
        name_of(row["merchant_uid"]),
        row["amount"],
        row["refunded"],
        row["period"],
        row["plan"],
        moment(at),
        date.fromisoformat(row["period_start"]),
        date.fromisoformat(row["period_end"]),
        row.get("uid"),
    )
