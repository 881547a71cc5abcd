"""Times and dates as the tables have them: moments in UTC, dates in Korea."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

KOREA = timezone(timedelta(hours=9))

#: A duration as a policy spells it, such as `2m`, `90s`, `PT2M` or `P1D`.
DURATION = re.compile(r"^p?(?:(\d+)d)?t?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$")

#: Beyond what Python can count: a moment that far ahead is never.
NEVER = datetime(9999, 12, 30, tzinfo=UTC)


def moment(text: str) -> datetime:
    """The moment in an RFC 3339 text; what is finer than a microsecond is cut off."""
    try:
        return min(datetime.fromisoformat(text), NEVER)
    except ValueError:
        return NEVER


def moment_or_none(text: str | None) -> datetime | None:
    """The moment in a text, if there is one."""
    return None if text is None else moment(text)


def from_unix(seconds: int) -> datetime:
    """A moment as Iamport tells it."""
    return datetime.fromtimestamp(seconds, UTC)


def day_of(at: datetime) -> date:
    """The date in Korea at that moment."""
    return at.astimezone(KOREA).date()


def start_of(day: date) -> datetime:
    """The moment at which a date begins in Korea."""
    return datetime.combine(day, time(), KOREA)


def plus_months(day: date, months: int) -> date:
    """So many months later, clamped to the month's end."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def plus_days(day: date, days: int) -> date:
    """So many days later."""
    return day + timedelta(days=days)


def date_or_none(text: str | None) -> date | None:
    """The date in a text, if there is one."""
    return None if text is None else date.fromisoformat(text)


def duration(text: str) -> timedelta:
    """A duration of a policy."""
    found = DURATION.match(text.lower())
    if not found:
        raise ValueError(f"{text!r} is no duration")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def digest(text: str) -> int:
    """A number that stands for a uid (FNV-1a, 64 bits): it picks the second at which a member is charged."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def charged_at(day: date, uid: str, policy: dict[str, Any]) -> datetime:
    """When a member's renewal of that date is charged: at the same second of the hours for it, each time."""
    window = int(duration(policy.get("charge_window", "1h")).total_seconds())
    number = digest(uid)
    number = (number >> 24 | number << 40) % 2**64
    second = number % window if window else 0
    return start_of(day) + timedelta(hours=policy.get("charge_hour", 10), seconds=second)
