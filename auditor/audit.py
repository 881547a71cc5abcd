"""Audits histories of the rehearsal, or one account's export, against the rules: a second pair of eyes.

    rehearsal --mixed --seeds 1000 --stream - | python3 auditor/audit.py
    python3 auditor/audit.py --tables tables.jsonl --iamport payments.jsonl

Prints each difference with its seed and rule, then a count. Exits with 0 only if there is none.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import access
import export
import journal
import money
import periods
import schedules
from facts import Difference, World

RULES = (*money.RULES, *periods.RULES, *schedules.RULES, *access.RULES, *journal.RULES)


def differences(world: World) -> list[Difference]:
    """All that is not as the rules have it."""
    return [found for rule in RULES for found in rule(world)]


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file, one at a time: it may be larger than memory."""
    with path.open(encoding="utf-8") as file:
        yield from file


def worlds(lines: Iterable[str]) -> Iterator[World]:
    """The histories of a stream."""
    return (World(json.loads(line)) for line in lines if line.strip())


def audit(stream: Iterable[World], show: int) -> tuple[int, Counter[str], dict[str, list[int]]]:
    """Audits them all, and prints the first differences. Returns how many there were, and which rules spoke where."""
    number = 0
    rules: Counter[str] = Counter()
    seeds: dict[str, list[int]] = {}
    for world in stream:
        number += 1
        for found in differences(world):
            rules[found.rule] += 1
            seen = seeds.setdefault(found.rule, [])
            if world.seed is not None and world.seed not in seen:
                seen.append(world.seed)
            if rules[found.rule] <= show:
                print(f"DIFFERENCE seed {world.seed}: {found.rule}: {found.of}: {found.what}")
    return number, rules, seeds


def main() -> int:
    """Audits what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stream", nargs="?", default="-", help="the rehearsal's lines; - for the standard input")
    parser.add_argument("--show", type=int, default=3, help="how many differences to print of each rule")
    parser.add_argument("--tables", type=Path, help="an account's tables, a row a line")
    parser.add_argument("--iamport", type=Path, help="Iamport's payments and schedules of it, one a line")
    parser.add_argument("--policy", type=json.loads, default={}, help="the functions' POLICY")
    parser.add_argument("--now", default=datetime.now(UTC).isoformat(), help="when they were read, RFC 3339")
    options = parser.parse_args()
    if bool(options.tables) != bool(options.iamport):
        parser.error("--tables and --iamport come together")
    if options.tables:
        stream: Iterable[World] = [World(export.line(options.tables, options.iamport, options.now, options.policy))]
    elif options.stream == "-":
        stream = worlds(sys.stdin)
    else:
        stream = worlds(lines_of(Path(options.stream)))
    number, rules, seeds = audit(stream, options.show)
    for rule, times in rules.most_common():
        print(f"{times:>6}  {rule}: {' '.join(map(str, seeds[rule][:10]))}")
    print(f"{number} audited, {sum(rules.values())} differences")
    return 0 if number and not rules else 1


if __name__ == "__main__":
    sys.exit(main())
