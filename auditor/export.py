"""An account's export as a line of the stream, as the README describes it."""

from __future__ import annotations

import json
from pathlib import Path

from facts import Row


def line(tables: Path, iamport: Path, now: str, policy: Row) -> Row:
    """The line that these files make. Of the accounts and of what was done at the console nothing is known."""
    payments: list[Row] = []
    schedules: list[Row] = []
    keys: list[str] | None = None
    rows: dict[str, list[Row]] = {}
    for row in map(json.loads, tables.read_text(encoding="utf-8").splitlines()):
        rows.setdefault(row["table"], []).append(row["item"])
    for row in map(json.loads, iamport.read_text(encoding="utf-8").splitlines()):
        if "schedule_at" in row:
            schedules.append(row)
        elif "imp_uid" in row:
            payments.append(row)
        else:
            keys = [*(keys or []), row["customer_uid"]]
    there = {"payments": payments, "schedules": schedules, "keys": keys}
    return {"now": now, "configuration": [{"policy": policy}], "tables": rows, "iamport": there}
