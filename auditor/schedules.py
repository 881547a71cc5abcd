"""Schedules and billing keys at Iamport: one for who goes on, none for who left, no key that nobody needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import person
from facts import KEY, Difference, Member, Row, Run, World, name_of
from korea import charged_at, day_of, from_unix, moment, start_of
from periods import paid_through

#: How long the loop may have a new card in hand before a comparison minds it.
IN_HAND = timedelta(hours=3)

#: The states of an order of which more may come.
OPEN = ("open", "planned", "charging", "scheduling", "scheduled")


def goes_on(row: Row | None) -> bool:
    """Whether something is paid, nothing has ended, and nobody asked to stop."""
    return bool(
        row
        and row["periods_paid"]
        and not row.get("ended_at")
        and not row.get("cancellation")
        and not row.get("erasure")
    )


def price(row: Row) -> int | None:
    """What the period to pay costs; `None` while the member has not agreed to a higher price (0012)."""
    change = row.get("price_change")
    found: int | None = row["price"]
    if change:
        found = change["version"]["price"] if change.get("agreed") else None
    return found


def _is_of_the_period(row: Row, order: str) -> bool:
    name = name_of(order)
    return bool(name and name.is_charge and (name.run, name.period) == (row["id"], row["periods_paid"]))


def expects_a_charge(member: Member) -> bool:
    """Whether the period to pay is to be charged: nothing and nobody speaks against it (0007)."""
    row = member.row
    if not row or not goes_on(row) or not row.get("card") or price(row) is None:
        return False
    seen = any(_is_of_the_period(row, review["merchant_uid"]) for review in person.reviews(member))
    owed = any(_is_of_the_period(row, due["merchant_uid"]) for due in row.get("refunds", []))
    return not (seen or owed or row.get("verdicts") or row.get("dunning", {}).get("stopped"))


def one_schedule_stands(world: World) -> Iterator[Difference]:
    """At most one schedule stands for a member, and each is the one that the row relies on (design 1.4)."""
    standing = world.standing()
    for run in world.runs.values():
        schedules = standing.get(run.id, [])
        member = world.members.get(run.uid or "")
        row = member.row if member else None
        is_now = row is not None and row["id"] == run.id
        if len(schedules) > 1:
            names = ", ".join(it["merchant_uid"] for it in schedules)
            yield Difference("one schedule", run.id, f"{len(schedules)} stand: {names}")
        for schedule in schedules:
            if not (row and is_now and goes_on(row)):
                yield Difference("no schedule", run.id, f"{schedule['merchant_uid']} stands, and nothing goes on")
            else:
                yield from _as_relied_on(world, row, schedule)


def _as_relied_on(world: World, row: Row, schedule: Row) -> Iterator[Difference]:
    name, who = schedule["merchant_uid"], row["uid"]
    open_charges = {it["merchant_uid"]: it for it in row.get("charges", [])}
    charge = open_charges.get(name)
    if charge is None or charge["outcome"]["state"] not in ("scheduled", "scheduling"):
        known = charge and charge["outcome"]
        yield Difference("a schedule nobody knows", who, f"{name} stands, and the row has {known}")
        return
    if not _is_of_the_period(row, name):
        yield Difference("a schedule for the period to pay", who, f"{name}, and {row['periods_paid']} are paid")
    if schedule["amount"] != price(row) or charge["amount"] != price(row):
        yield Difference("a schedule's price", who, f"{schedule['amount']} for {price(row)}")
    if schedule["customer_uid"] != row.get("card", {}).get("customer_uid"):
        yield Difference("a schedule's card", who, f"{schedule['customer_uid']} for {row.get('card')}")
    at, due = from_unix(schedule["schedule_at"]), paid_through(row)
    if name not in world.moved and due:
        times = {charged_at(due, who, policy) for policy in world.policies()}
        if at not in times:
            yield Difference("a schedule's time", who, f"{name} at {at}, due on {due}")


def a_charge_is_under_way(world: World) -> Iterator[Difference]:
    """For who goes on the next charge is scheduled at Iamport, or planned by us for later (design 1.4, 0006)."""
    standing = world.standing()
    for member in world.members.values():
        row = member.row
        if not row or not expects_a_charge(member):
            continue
        charges = [it for it in row.get("charges", []) if _is_of_the_period(row, it["merchant_uid"])]
        if not charges:
            yield Difference("the next charge", member.uid, "nothing is scheduled or planned")
        names = {it["merchant_uid"] for it in standing.get(row["id"], [])}
        for charge in charges:
            state = charge["outcome"]["state"]
            waits = any(it["merchant_uid"] == charge["merchant_uid"] for it in row.get("reviews", []))
            if state == "scheduled" and charge["merchant_uid"] not in names and not _has_run(world, charge):
                yield Difference("a schedule stands", member.uid, f"{charge['merchant_uid']} does not")
            elif state == "planned" and moment(charge["outcome"]["at"]) < world.now - timedelta(hours=1):
                yield Difference("what is planned is charged", member.uid, f"{charge['merchant_uid']} was not")
            elif state in ("charging", "scheduling") and not waits and _is_old(world, charge):
                yield Difference("doubt ends", member.uid, f"{charge['merchant_uid']} is {state} for a day")


def _has_run(world: World, charge: Row) -> bool:
    """Whether its time has come in these minutes, so that we have yet to look; or it was taken back in this hour."""
    slack = world.policy_wait("schedule_slack", "2m") + timedelta(minutes=20)
    return world.now - slack <= moment(charge["outcome"]["at"]) <= world.now


def _is_old(world: World, charge: Row) -> bool:
    until: datetime = moment(charge["outcome"]["until"]) + world.policy_wait("doubt_patience", "24h")
    return until < world.now


def keys_are_needed(world: World) -> Iterator[Difference]:
    """A billing key is deleted once nothing refers to it, and one that is charged is there; where keys are known."""
    if world.iamport["keys"] is None:
        return
    there = {key: found[1] for key in world.iamport["keys"] if (found := KEY.match(key))}
    for key, run in there.items():
        uid = world.runs[run].uid if run in world.runs else None
        row = world.members[uid].row if uid else None
        if key not in _needed(row) and not _is_left_open(world, run, key):
            yield Difference("a key nobody needs", uid or run, f"{key} is left at Iamport")
    for member in world.members.values():
        card = (member.row or {}).get("card")
        if card and card["customer_uid"] not in there and card["customer_uid"] not in world.deleted_keys:
            yield Difference("a key that is needed", member.uid, f"{card['customer_uid']} is gone from Iamport")


def _is_left_open(world: World, run: str, key: str) -> bool:
    """A card that was registered in a window which was given up: the next comparison deletes it, or tells a person."""
    order = f"reg-{run}-{key.rsplit('-', 1)[1]}"
    stored = world.order(order)
    if stored and stored["outcome"]["state"] == "registered":
        return False
    records = [it for it in world.iamport["payments"] if it["merchant_uid"] == order and it["status"] == "paid"]
    times = [from_unix(record["paid_at"]) for record in records]
    compared = [it for at in times for it in world.comparisons(day_of(at)) if moment(it["at"]) > at + IN_HAND]
    told = any(found["merchant_uid"] == order for it in compared for found in it["findings"])
    return told or not compared


def _needed(row: Row | None) -> set[str]:
    if not row:
        return set()
    using = [*row.get("charges", []), *row.get("registrations", []), row.get("card") or {}]
    return {it.get("customer_uid", "") for it in using}


def orders_follow(world: World) -> Iterator[Difference]:
    """What an order says came of it agrees with the books; an open one is carried by its member's row (design 4)."""
    by_imp_uid = {row.imp_uid: row for row in world.booked}
    for run in world.runs.values():
        carried = _carried(world, run)
        for name, order in run.orders.items():
            state = order["outcome"]["state"]
            if state == "paid":
                payment = by_imp_uid.get(order["outcome"]["imp_uid"])
                if payment is None or payment.order != name:
                    yield Difference("a paid order", name, f"and {payment} in the books")
            elif state in OPEN and not _is_out_of_date(world, run, order):
                if name not in carried:
                    yield Difference("an open order", name, f"is {state}, and no row carries it")
                elif carried[name] != order["outcome"]:
                    yield Difference("an open order", name, f"is {order['outcome']}, on the row {carried[name]}")
        yield from _booked_orders(world, run)


def _is_out_of_date(world: World, run: Run, order: Row) -> bool:
    """A table was put back to when this order was open, or not there yet; or it is a window of a run of before."""
    opened = moment(order["opened_at"])
    put_back = any(it["table"] == "orders" and opened <= moment(it["to"]) for it in world.restored)
    put_back |= world.forgot("subscriptions", opened)
    row = world.members[run.uid].row if run.uid else None
    is_old = row is None or row["id"] != run.id
    return put_back or bool(is_old and order["purpose"] == "registration")


def _carried(world: World, run: Run) -> dict[str, Row]:
    row = world.members[run.uid].row if run.uid else None
    carried = [*(row or {}).get("charges", []), *(row or {}).get("registrations", [])]
    return {it["merchant_uid"]: it["outcome"] for it in carried}


def _booked_orders(world: World, run: Run) -> Iterator[Difference]:
    """What is booked under an order closed it, or was a payment too many and goes back."""
    for row in run.booked:
        order = run.orders.get(row.order)
        if run.is_retained or (order and order["outcome"].get("imp_uid") == row.imp_uid):
            continue
        if row.is_kept and not person.is_owed(world, run.id, row.order, row.imp_uid):
            yield Difference("a payment's order", row.imp_uid, f"{row.order} is {order and order['outcome']}")


def looked_at_in_time(world: World) -> Iterator[Difference]:
    """Whoever has something to be done is looked at in time, and nothing waits that could be done (design 2)."""
    for member in world.members.values():
        row = member.row
        if not row:
            continue
        due = moment(row.get("due_at_exact") or row["due_at"]) if row.get("due_at") else None
        if due and due < world.now - timedelta(minutes=30):
            yield Difference("looked at", member.uid, f"was due at {due}")
        for what, latest in _to_be_looked_at(world, row):
            if latest > world.now and (due is None or due > latest + timedelta(minutes=30)):
                yield Difference("looked at", member.uid, f"is due at {due}, and {what} at {latest}")
        for left in ("outbox", "verdicts"):
            if row.get(left):
                yield Difference("nothing is left", member.uid, f"{left}: {len(row[left])}")
        for refund in row.get("refunds", []):
            if refund.get("refused_since") is None:
                yield Difference("nothing is left", member.uid, f"{refund['imp_uid']} is owed and not given back")


def _to_be_looked_at(world: World, row: Row) -> Iterator[tuple[str, datetime]]:
    slack = world.policy_wait("schedule_slack", "2m")
    for charge in row.get("charges", []):
        outcome = charge["outcome"]
        if "at" in outcome:
            later = slack if outcome["state"] == "scheduled" else timedelta()
            yield charge["merchant_uid"], moment(outcome["at"]) + later
    last = paid_through(row)
    if goes_on(row) and last:
        policies = list(world.policies())
        grace = max(policy.get("grace_days", 7) for policy in policies)
        yield "access ends", start_of(last) + timedelta(days=grace + 1)
        days = [policy.get("consent_days", 30) for policy in policies]
        if start_of(last) - timedelta(days=max(days)) > world.now:
            yield "the price is looked at", start_of(last) - timedelta(days=min(days))


RULES = (
    one_schedule_stands,
    a_charge_is_under_way,
    keys_are_needed,
    orders_follow,
    looked_at_in_time,
)
