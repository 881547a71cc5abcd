"""An account's export as a line of the stream, as the README describes it."""

from __future__ import annotations

import json
from pathlib import Path

from facts import Row


def line(tables: Path, iamport: Path, now: str) -> Row:
    """The line that these files make. Accounts and what was done at the console are not known."""
    found: Row = {"now": now, "tables": {}, "iamport": {"payments": [], "schedules": [], "keys": []}}
    for row in map(json.loads, tables.read_text(encoding="utf-8").splitlines()):
        found["tables"].setdefault(row["table"], []).append(row["item"])
    for row in map(json.loads, iamport.read_text(encoding="utf-8").splitlines()):
        found["iamport"]["schedules" if "schedule_at" in row else "payments"].append(row)
    return found
