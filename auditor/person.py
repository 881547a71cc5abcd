"""What stands before a person, or was said by one: the only doubt that the rules leave room for, payment by payment."""

from __future__ import annotations

from facts import Member, Money, Row, World


def reviews(member: Member | None) -> list[Row]:
    """What a person has yet to settle about a member's orders, but for what is only still looked for."""
    row = member.row if member else None
    return [it for it in (row or {}).get("reviews", []) if not it.get("waits")]


def is_shown(world: World, money: Money) -> bool:
    """Whether an open review is about this very payment, so that its books may wait."""
    return _is_about(world, money.name.run, money.order, money.imp_uid)


def _is_about(world: World, run: str, order: str, imp_uid: str) -> bool:
    uid = world.runs[run].uid
    for review in reviews(world.members.get(uid) if uid else None):
        if review["merchant_uid"] != order:
            continue
        refund = review.get("refund") or {}
        facts = {fact["imp_uid"] for fact in review["facts"]}
        if imp_uid in facts or refund.get("imp_uid") == imp_uid:
            return True
    return False


def is_owed(world: World, run: str, order: str, imp_uid: str) -> bool:
    """Whether the row owes this payment back, a person has it before them, or one has said that it stays."""
    uid = world.runs[run].uid
    row = world.members[uid].row if uid else None
    due = {it["imp_uid"] for it in (row or {}).get("refunds", [])}
    spoken = {it["imp_uid"] for it in (row or {}).get("verdicts", [])}
    return (
        imp_uid in due | spoken
        or _is_about(world, run, order, imp_uid)
        or settled(world, order, "dismiss")
    )


def settled(world: World, order: str, *ways: str) -> bool:
    """Whether a person settled a review of this order in one of these ways."""
    return any(entry["resolution"] in ways for entry in world.told(order, "review_resolved"))
