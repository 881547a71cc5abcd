"""Access: until the last paid day and not after; and nothing is left of who was erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from facts import Difference, Row, Run, World
from korea import date_or_none, moment, plus_days, start_of
from periods import paid_through
from schedules import goes_on, price

#: The custom claim that lets a member in.
CLAIM = "subscriber"

#: The nightly sweep comes ten minutes after midnight in Korea; an hour leaves room for partners that do not answer.
NIGHT = timedelta(hours=1)


def ends_at(world: World, row: Row, grace: int) -> datetime | None:
    """When access ends that was paid or given, with so many days of grace (design 1.6, 5; 0052)."""
    last = paid_through(row) or date_or_none(row.get("complimentary"))
    if last is None:
        return None
    days = 1
    if row["periods_paid"] and not row.get("cancellation") and price(row) is not None:
        days += grace
    said = [(row.get("erasure") or {}).get("requested_at"), (row.get("cancellation") or {}).get("ends_at")]
    return min([start_of(plus_days(last, days)), *(moment(at) for at in said if at)])


def access_ends_in_time(world: World) -> Iterator[Difference]:
    """Access is taken away in the first night after its last day, and never before it is over (design 1.6)."""
    grace = [policy.get("grace_days", 7) for policy in world.policies()]
    for member in world.members.values():
        row = member.row
        if not row:
            continue
        ended = row.get("ended_at")
        latest, earliest = ends_at(world, row, max(grace)), ends_at(world, row, min(grace))
        if ended and earliest and moment(ended) < earliest:
            yield Difference("access early", member.uid, f"ended at {ended}, over at {earliest}")
        over = not ended and latest is not None and latest + timedelta(days=1) + NIGHT < world.now
        if over and not world.configuration.get("review"):
            yield Difference("access late", member.uid, f"was over at {latest}")
        wish = row.get("cancellation") or {}
        if ended and wish and wish.get("processed_at") != ended:
            yield Difference("the end", member.uid, f"{ended}, and the cancellation says {wish.get('processed_at')}")


def accounts_are_told(world: World) -> Iterator[Difference]:
    """Whoever is entitled may enter, nobody else may, and what others wrote into an account stands."""
    for uid, account in (world.accounts or {}).items():
        row = world.members[uid].row if uid in world.members else None
        entitled = bool(row and (row["periods_paid"] or row.get("complimentary")) and not row.get("ended_at"))
        enters = bool(account["claims"].get(CLAIM))
        if entitled != enters:
            yield Difference("access", uid, f"may {'' if enters else 'not '}enter, entitled: {entitled}")
        others = {name: value for name, value in account["claims"].items() if name != CLAIM}
        if others != account.get("others", others):
            yield Difference("claims of others", uid, f"{others} and not {account['others']}")
    for member in world.members.values():
        if world.accounts is None or not goes_on(member.row):
            continue
        theirs = world.accounts.get(member.uid)
        if theirs is None or theirs["disabled"]:
            yield Difference("an account that is gone", member.uid, "and the subscription goes on")


def cancellations_are_as_answered(world: World) -> Iterator[Difference]:
    """When a member cancelled is what the journal says was answered (design 1.5)."""
    for member in world.members.values():
        row, run = member.row, member.run
        if not row or not run:
            continue
        wish = row.get("cancellation")
        at = moment(wish["requested_at"]) if wish else None
        if at and at > world.now + timedelta(minutes=10):
            yield Difference("cancelled", member.uid, f"{at}, which is to come")
        answered = None
        for entry in run.told("cancel_requested", "checkout_withdrawn", "resumed"):
            answered = None if entry["type"] == "resumed" else entry["moment"]
        if answered and not at and not row.get("ended_at"):
            yield Difference("cancelled", member.uid, f"was answered at {answered}, and the row has forgotten it")


def the_erased_are_forgotten(world: World) -> Iterator[Difference]:
    """Of who was erased no row names the member any more (0032)."""
    for member in world.members.values():
        if member.row:
            continue
        if all(_was_forgotten(world, run) for run in member.runs):
            continue
        told = [entry for entry in member.journal if entry["entry"] == "told" or entry["by"] != member.uid]
        if told or member.runs:
            yield Difference("erased", member.uid, f"{len(told)} of the journal and {len(member.runs)} runs are left")


def _was_forgotten(world: World, run: Run) -> bool:
    """A checkout of which nothing came, begun after the moment to which the members' rows were put back."""
    begun = [moment(order["opened_at"]) for order in run.orders.values()]
    return bool(begun and not run.money and not run.booked and world.forgot("subscriptions", min(begun)))


RULES = (
    access_ends_in_time,
    accounts_are_told,
    cancellations_are_as_answered,
    the_erased_are_forgotten,
)
