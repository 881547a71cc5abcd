"""Periods: what a row says was paid, until when, and at what price, recomputed from the payments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import person
from facts import Booked, Difference, Member, Row, Run, World
from korea import date_or_none, day_of, moment, plus_days, plus_months


def _of_now(world: World) -> Iterator[tuple[Member, Run]]:
    for member in world.members.values():
        if member.row and member.run:
            yield member, member.run


def paid_through(row: Row) -> date | None:
    """The last day that is paid, counted from the anchor and with the days that were given (design 1.7, 0052)."""
    anchor = date_or_none(row.get("anchor"))
    if anchor is None or row["periods_paid"] == 0:
        return None
    return plus_days(plus_months(anchor, row["periods_paid"]), row.get("days_given", 0))


def counting(world: World, run: Run, period: int) -> list[Booked]:
    """The payments that may have paid a period: all that the journal does not call owed back from the first."""
    rows = [row for row in run.booked if row.period == period and row.name and row.name.is_charge]
    named = [row for row in rows if world.told(row.imp_uid, "paid")]
    return named or [row for row in rows if world.forgot("journal", row.at) or row.is_kept]


def counters_follow_from_payments(world: World) -> Iterator[Difference]:
    """As many periods are paid as payments paid for, from the date in Korea of the first on (design 1.7)."""
    for member, run in _of_now(world):
        row = member.row or {}
        paid = row["periods_paid"]
        for period in range(paid):
            if not counting(world, run, period):
                yield Difference("paid periods", member.uid, f"period {period} of {paid} has no payment")
        for payment in run.booked:
            unpaid = payment.period >= paid and payment.is_kept
            if unpaid and not person.is_owed(world, run.id, payment.order, payment.imp_uid):
                yield Difference("paid periods", member.uid, f"{payment.imp_uid} pays {payment.period}, not counted")
        first = counting(world, run, 0) if paid else []
        anchor = date_or_none(row.get("anchor"))
        if first and anchor not in {day_of(payment.at) for payment in first}:
            yield Difference("anchor", member.uid, f"{anchor}, and the first payment was on {first[0].at}")
        if (anchor is None) != (paid == 0):
            yield Difference("anchor", member.uid, f"{anchor} with {paid} paid periods")
        last = paid_through(row) or date_or_none(row.get("complimentary"))
        if row.get("paid_through") != (last and last.isoformat()):
            yield Difference("paid through", member.uid, f"{row.get('paid_through')} and not {last}")


def periods_follow_from_the_anchor(world: World) -> Iterator[Difference]:
    """What a payment says that it pays for is its period, counted from the anchor, with days given by then (1.7)."""
    for member, run in _of_now(world):
        row = member.row or {}
        anchor = date_or_none(row.get("anchor"))
        for payment in run.booked:
            if anchor is None or not payment.name or not payment.name.is_charge:
                continue
            counted = plus_months(anchor, payment.period + 1)
            given = (payment.end - counted).days
            if payment.period < row["periods_paid"] and not 0 <= given <= row.get("days_given", 0):
                yield Difference("period's end", payment.imp_uid, f"{payment.end}, counted {counted}")


def state_follows(world: World) -> Iterator[Difference]:
    """The state that the indexes and people see is the one that the row's own fields make."""
    for member, _ in _of_now(world):
        row = member.row or {}
        if row.get("ended_at"):
            state = "ended"
        elif row["periods_paid"] == 0:
            state = "none"
        elif row.get("cancellation"):
            state = "cancelling"
        elif row.get("dunning", {}).get("failures", 0):
            state = "past_due"
        else:
            state = "active"
        if row["state"] != state:
            yield Difference("state", member.uid, f"{row['state']} and not {state}")


def days_are_those_given(world: World) -> Iterator[Difference]:
    """The days that an admin gave are on the row, as the journal has them in all (0052)."""
    for member, run in _of_now(world):
        row = member.row or {}
        given = [entry for entry in run.told("days_given") if entry["total"]]
        total = max((entry["total"] for entry in given), default=0)
        free = [date.fromisoformat(it["until"]) for it in run.told("days_given") if not it["total"]]
        first = counting(world, run, 0)
        if free and first:
            total = max([total, *((max(free) - day_of(payment.at)).days for payment in first)])
        stored = row.get("days_given", 0)
        if stored < total or (stored > total and not world.restored):
            yield Difference("days", member.uid, f"{stored} on the row, and {total} were given")


def who_pays_has_agreed(world: World) -> Iterator[Difference]:
    """What was agreed to is provable, and covers what is charged (design 5, E-Commerce Act)."""
    for member, run in _of_now(world):
        row = member.row or {}
        consent = row.get("consent")
        if consent is None:
            if row.get("card") or row["periods_paid"]:
                yield Difference("consent", member.uid, "is charged and has agreed to nothing")
            continue
        if consent["plan"] != row["plan"] or consent["price"] < row["price"]:
            agreed, asked = (consent["plan"], consent["price"]), (row["plan"], row["price"])
            yield Difference("consent", member.uid, f"agreed to {agreed}, charged {asked}")
        yield from _no_dearer_than_agreed(member, run, consent)


def _no_dearer_than_agreed(member: Member, run: Run, consent: Row) -> Iterator[Difference]:
    """Each charge costs what a window had shown or what was agreed to before it, or less (0012)."""
    shown = [
        (moment(order["opened_at"]), order["amount"])
        for order in run.orders.values()
        if order["purpose"] == "registration"
    ]
    agreed = [(entry["moment"], entry["price"]) for entry in run.told("consent_given")]
    known = [*shown, *agreed, (moment(consent["agreed_at"]), consent["price"])]
    for name, order in run.orders.items():
        if order["purpose"] != "charge":
            continue
        before = [price for at, price in known if at <= moment(order["opened_at"])]
        if before and order["amount"] > max(before):
            yield Difference("price", member.uid, f"{order['amount']} under {name}, and {max(before)} was agreed to")


RULES = (
    counters_follow_from_payments,
    periods_follow_from_the_anchor,
    state_follows,
    days_are_those_given,
    who_pays_has_agreed,
)
