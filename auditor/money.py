"""Money: what moved at Iamport is in the books once, what was given back too, and nothing else is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import person
from facts import Booked, Difference, Money, World

#: How far the clocks of the functions and of Iamport may be apart (docs/decisions/0014).
CLOCKS = timedelta(seconds=10)

#: What Iamport's console notes as the reason of a refund that was made there.
AT_THE_CONSOLE = "관리자 취소"


def moved_is_booked(world: World) -> Iterator[Difference]:
    """Money that moved at Iamport is in `payments` exactly once, as it moved (design 1.3)."""
    rows: dict[str, list[Booked]] = defaultdict(list)
    for payment in world.booked:
        rows[payment.imp_uid].append(payment)
    for money in world.money:
        found = rows[money.imp_uid]
        if len(found) > 1:
            yield Difference("booked once", money.imp_uid, f"is booked {len(found)} times")
        elif found:
            yield from _as_it_moved(money, found[0])
        elif not _may_be_missing(world, money):
            yield Difference("booked", money.imp_uid, f"{money.amount} under {money.order} is in no table")


def _may_be_missing(world: World, money: Money) -> bool:
    """A person sees it; or somebody paid in a way of their own, and has it all back."""
    returned = money.given_back >= money.amount and not money.with_a_key
    return returned or person.is_shown(world, money)


def _as_it_moved(money: Money, row: Booked) -> Iterator[Difference]:
    moved = (money.order, money.amount, money.given_back, money.at)
    stored = (row.order, row.amount, row.refunded, row.at)
    for name, one, other in zip(("order", "amount", "refunds", "time"), moved, stored, strict=True):
        if one != other:
            yield Difference(f"booked as it moved: {name}", money.imp_uid, f"{one} at Iamport, {other} in the books")


def booked_has_moved(world: World) -> Iterator[Difference]:
    """A registration's record is no payment, and no row is of anything else that never moved (design 1.1)."""
    moved = {money.imp_uid for money in world.money}
    for row in world.booked:
        record = world.records.get(row.imp_uid)
        if record and record.get("customer_uid_usage") == "issue":
            yield Difference("a registration is no payment", row.imp_uid, f"is booked under {row.order}")
        elif row.imp_uid not in moved:
            yield Difference("booked money moved", row.imp_uid, f"is booked under {row.order} and never moved")
        if row.refunded > row.amount:
            yield Difference("refunds", row.imp_uid, f"{row.refunded} of {row.amount} went back")
        if row.name and row.period != row.name.period:
            yield Difference("period", row.imp_uid, f"is booked for {row.period} under {row.order}")
        order = world.order(row.order)
        if order and order["plan"] != row.plan:
            yield Difference("plan", row.imp_uid, f"is booked for {row.plan}, ordered for {order['plan']}")


def charged_as_ordered(world: World) -> Iterator[Difference]:
    """Only we can charge a billing key: what was charged so has an order, and its amount (design 1.2, 1.8)."""
    for money in world.money:
        order = world.order(money.order)
        if not money.with_a_key or world.runs[money.name.run].is_retained:
            continue
        if not money.name.is_charge:
            yield Difference("a registration charges nothing", money.imp_uid, f"{money.amount} under {money.order}")
        elif order is None:
            yield Difference("an order before each charge", money.imp_uid, f"{money.order} is no order")
        elif order["amount"] != money.amount:
            yield Difference("price", money.imp_uid, f"{money.amount} for an order of {order['amount']}")
        elif money.key not in (None, order["customer_uid"]):
            yield Difference("the order's card", money.imp_uid, f"{money.key} for {order['customer_uid']}")


def no_more_goes_back_than_was_said(world: World) -> Iterator[Difference]:
    """What we give back never makes more than was said, whoever else gave some (0052)."""
    for money in world.money:
        run = world.runs[money.name.run]
        said = world.told(money.imp_uid, "refund_due")
        if not said or run.uid is None:
            continue
        most, total = max(it["amount"] for it in said), 0
        for refund in money.refunds:
            total += refund["amount"]
            if total > most and refund["reason"] != AT_THE_CONSOLE:
                yield Difference("parts", money.imp_uid, f"{total} went back, and {most} was to")
                break


def what_is_owed_is_given(world: World) -> Iterator[Difference]:
    """What was said to go back went back, or is owed still, or a person has it before them (design 1.5, 0013)."""
    for row in world.booked:
        due = max((entry["amount"] for entry in world.told(row.imp_uid, "refund_due")), default=0)
        waits = row.name and person.is_owed(world, row.name.run, row.order, row.imp_uid)
        if row.refunded < due and not waits:
            yield Difference("owed back", row.imp_uid, f"{due} was to go back, {row.refunded} went")


def a_dead_card_is_left_alone(world: World) -> Iterator[Difference]:
    """A card that was declined for good is not charged again for the period, whoever asks (design 5, 0020)."""
    for run in world.runs.values():
        dead: dict[tuple[int, str], int] = {}
        for name, order in run.orders.items():
            held = any(entry["held"] for entry in world.told(name, "provider_trouble"))
            if order["outcome"].get("decline", {}).get("class") == "hard" and not held:
                dead[(order["period"], order["customer_uid"])] = _attempt(name)
        for money in run.money:
            last = dead.get((money.name.period, money.key or ""))
            if last is not None and money.with_a_key and money.name.attempt > last:
                yield Difference("a dead card", money.imp_uid, f"{money.order}, after attempt {last} was its last")


def _attempt(order: str) -> int:
    return int(order.rsplit("-", 1)[1])


def paid_once(world: World) -> Iterator[Difference]:
    """No period is paid twice and kept; what is owed back stands as owed, or before a person (design 1.2)."""
    for run in world.runs.values():
        kept: dict[int, list[Booked]] = defaultdict(list)
        for row in run.booked:
            if row.is_kept and not person.is_owed(world, run.id, row.order, row.imp_uid):
                kept[row.period].append(row)
        for period, rows in kept.items():
            if len(rows) > 1:
                names = ", ".join(row.imp_uid for row in rows)
                yield Difference("once a period", run.id, f"period {period} is paid and kept by {names}")


def nothing_is_kept_after_leaving(world: World) -> Iterator[Difference]:
    """What moved after a cancellation that stands goes back, and pays for nothing (design 1.5, 0014)."""
    for run in world.runs.values():
        wish = None
        for entry in run.told("cancel_requested", "checkout_withdrawn", "resumed"):
            wish = None if entry["type"] == "resumed" else wish or entry["moment"]
        if wish is None:
            continue
        for row in run.booked:
            late = row.at > wish + CLOCKS
            if late and row.is_kept and not person.is_owed(world, run.id, row.order, row.imp_uid):
                yield Difference("after cancelling", row.imp_uid, f"moved at {row.at}, after {wish}, and is kept")


RULES = (
    moved_is_booked,
    booked_has_moved,
    charged_as_ordered,
    no_more_goes_back_than_was_said,
    what_is_owed_is_given,
    a_dead_card_is_left_alone,
    paid_once,
    nothing_is_kept_after_leaving,
)
