"""The journal: what was announced agrees with the books, and counts the writes of each member's row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import person
from facts import Booked, Difference, Row, Run, World
from korea import day_of, moment

#: How often a row may be written in a day for nothing but the time of the next look (docs/safety.md), and how often
#: each day when that lasts: the longer a doubt, the less often it is looked at (docs/decisions/0023).
WRITES, WRITES_A_DAY = 300, 24


def the_journal_agrees(world: World) -> Iterator[Difference]:
    """What was announced of money is in the books: each payment that counts, once; each refund, as it is noted."""
    booked = {row.imp_uid: row for row in world.booked}
    for run in world.runs.values():
        for entry in run.told("paid", "refunded"):
            row = booked.get(entry["imp_uid"])
            if row is None:
                yield Difference("journal", entry["imp_uid"], f"{entry['type']} and not booked")
            elif entry["type"] == "refunded" and entry["amount"] > row.refunded:
                yield Difference("journal", row.imp_uid, f"{entry['amount']} went back, {row.refunded} is noted")
            elif entry["type"] == "paid":
                told, stored = (entry["amount"], entry["paid_through"]), (row.amount, row.end.isoformat())
                if told != stored:
                    yield Difference("journal", row.imp_uid, f"{told} and {stored}")
        for row in run.booked:
            yield from _told_once(world, run, row)


def _told_once(world: World, run: Run, row: Booked) -> Iterator[Difference]:
    """Once, but for what was told by a row that has forgotten it since."""
    told = world.told(row.imp_uid, "paid")
    again = [entry for entry in told if not world.forgot("subscriptions", entry["moment"])]
    if len(again) > 1:
        yield Difference("journal", row.imp_uid, f"was told as paid {len(told)} times")
    owed = person.is_owed(world, run.id, row.order, row.imp_uid)
    if not told and row.is_kept and run.uid and not owed and not world.forgot("journal", row.at):
        yield Difference("journal", row.imp_uid, "is kept and was never told as paid")


def days_are_summed(world: World) -> Iterator[Difference]:
    """What the figures say of a day is what the journal has of it (0049), while nobody was erased or put back."""
    if world.restored or any(run.is_retained for run in world.runs.values()):
        return
    until = min((moment(row["until"]) for row in world.rows("retained") if row["record"] == "counted"), default=None)
    if until is None:
        return
    told = [entry for run in world.runs.values() for entry in run.news if entry["moment"] < until]
    for day in world.rows("retained"):
        if day["subscription"] == "figures" and "date" in day:
            of_day = [entry for entry in told if day_of(entry["moment"]).isoformat() == day["date"]]
            paid = [entry["amount"] for entry in of_day if entry["type"] == "paid"]
            begun = [entry for entry in of_day if entry["type"] == "subscribed"]
            counted, said = (len(paid), sum(paid), len(begun)), (day["paid"], day["paid_amount"], day["subscribed"])
            if counted != said:
                yield Difference("figures", day["date"], f"{said} and not {counted}")


def each_entry_is_of_one_write(world: World) -> Iterator[Difference]:
    """A row is written under the version that was read, so no two writes made the same one (design 2)."""
    if any(it["table"] == "subscriptions" for it in world.restored):
        return
    for run in world.runs.values():
        for entry, times in Counter(entry["id"] for entry in run.news).items():
            if times > 1:
                yield Difference("one write", run.id, f"{times} entries are {entry}")
        row = world.members[run.uid].row if run.uid else None
        newest = max((_version(entry) for entry in run.news), default=-1)
        if row and row["id"] == run.id and row["version"] <= newest:
            yield Difference("one write", run.id, f"the row has version {row['version']}, the journal {newest}")


def _version(entry: Row) -> int:
    """The version of the row that the write replaced which an entry came with."""
    return int(entry["id"].split("-")[1])


def rows_are_not_written_for_nothing(world: World) -> Iterator[Difference]:
    """Between two things that happened to a member the row is written a few times a day (0023)."""
    if any(it["table"] == "subscriptions" for it in world.restored):
        return
    for run in world.runs.values():
        dated = [*_dated(world, run), *_now(world, run)]
        for (then, before), (at, version) in pairwise(dated):
            if version - before > WRITES + WRITES_A_DAY * max((at - then).days, 0):
                yield Difference("writes", run.id, f"{version - before} from {then} until {at}")
                break


def _is_first(world: World, run: Run) -> bool:
    """Whether the row began with this run; with a later one its version goes on."""
    runs = world.members[run.uid].runs if run.uid else []
    return bool(runs) and runs[0].id == run.id


def _dated(world: World, run: Run) -> list[tuple[datetime, int]]:
    opened = [(moment(order["opened_at"]), 0) for order in run.orders.values()]
    told = [(entry["moment"], _version(entry)) for entry in run.news]
    return [*([min(opened)] if opened and _is_first(world, run) else []), *told]


def _now(world: World, run: Run) -> Iterator[tuple[datetime, int]]:
    row = world.members[run.uid].row if run.uid else None
    if row and row["id"] == run.id:
        yield world.now, row["version"]


RULES = (
    the_journal_agrees,
    days_are_summed,
    each_entry_is_of_one_write,
    rows_are_not_written_for_nothing,
)
