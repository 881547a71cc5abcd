"""Plants each bug of the rehearsal and looks whether the auditor finds it, beside the oracle that is there for it.

    python3 auditor/planted.py [--seeds 100] [--only charge-twice]

A bug is found where the auditor has something to say of a history, and nothing of the same one without the bug. Prints
a table. Exits with 0 only if all were found but those of which the table says why they cannot be.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from audit import differences, worlds

PROGRAM = Path(__file__).parents[1] / "target" / "fast" / "rehearsal"

#: Whose doings a bug gets wrong; without that actor it has no effect.
ACTORS = {
    "keep-the-gone": "accounts",
    "fight-the-console": "console",
    "harm-all": "operator",
    "strip-the-newer": "operator",
    "remember-the-erased": "operator",
    "lose-the-night": "operator",
    "forget-the-days": "operator",
    "wipe-the-claims": "claims",
    "never-heal": "claims",
}

#: What no table, no account and no book of Iamport's shows once all has come to rest.
UNSEEN = {
    "say-nothing": "the bus is said to have taken it, and the row forgets what it has told",
    "lose-the-sums": "the same, of what is told in sums",
    "log-the-address": "it is in the logs alone",
}


def bugs(program: Path) -> list[str]:
    """The names of all bugs, as the program lists them."""
    text = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    about = text.split("--plant <PLANT>")[1].split("--threads")[0]
    return re.findall(r"^\s+- ([a-z-]+):", about, re.MULTILINE)


def spoken(program: Path, seeds: int, options: tuple[str, ...]) -> tuple[dict[int, set[str]], int]:
    """Which rules spoke of which history, and in how many an oracle did."""
    command = [str(program), "--seeds", str(seeds), "--stream", "-", "--show", "0", *options]
    rules: dict[int, set[str]] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stderr
        for world in worlds(running.stdout):
            if (spoke := {found.rule for found in differences(world)}) and world.seed is not None:
                rules[world.seed] = spoke
        failed = re.findall(r"(\d+) failed", running.stderr.read())
    return rules, int(failed[-1]) if failed else 0


@cache
def clean(program: Path, seeds: int, options: tuple[str, ...]) -> frozenset[int]:
    """Of which histories the auditor has something to say though no bug is planted: there should be none."""
    return frozenset(spoken(program, seeds, options)[0])


def report(program: Path, bug: str, seeds: int) -> bool:
    """Prints what came of one bug. Returns whether it was found, or cannot be."""
    kind = ("--actor", ACTORS[bug]) if bug in ACTORS else ()
    rules, oracles = spoken(program, seeds, ("--plant", bug, *kind))
    found = {seed: spoke for seed, spoke in rules.items() if seed not in clean(program, seeds, kind)}
    counted = Counter(rule for spoke in found.values() for rule in spoke)
    if found:
        most = ", ".join(f"{rule} ({times})" for rule, times in counted.most_common(3))
        said = f"found in {len(found)} of {seeds}, first by seed {min(found)}: {most}"
    else:
        said = f"not to be seen: {UNSEEN[bug]}" if bug in UNSEEN else "NOT FOUND"
    print(f"{bug}: {said}; an oracle in {oracles}", flush=True)
    return bool(found) or bug in UNSEEN


def main() -> int:
    """Plants them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=PROGRAM, help="the rehearsal, built")
    parser.add_argument("--seeds", type=int, default=100, help="how many histories for each bug")
    parser.add_argument("--only", help="one bug")
    options = parser.parse_args()
    planted = [bug for bug in bugs(options.program) if options.only in (None, bug)]
    found = [report(options.program, bug, options.seeds) for bug in planted]
    print(f"{len(planted)} planted, {found.count(True)} found or not to be seen")
    return 0 if planted and all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
