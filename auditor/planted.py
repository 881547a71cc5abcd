"""Plants each bug of the rehearsal and looks whether the auditor finds it, beside the oracle that is there for it.

    python3 auditor/planted.py [--seeds 300] [--only charge-twice]

Prints a table of what was found by which rule. Exits with 0 only if all were found but those that the table says cannot be.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
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
    "harm-all": "everybody is looked at later, once the row can be read again",
    "strip-the-newer": "what a newer release wrote is known to no other table",
    "send-late": "what was sent late is charged once, and booked",
}


def bugs(program: Path) -> list[str]:
    """The names of all bugs, as the program lists them."""
    text = subprocess.run([program, "--help"], check=True, capture_output=True, text=True).stdout
    about = text.split("--plant <PLANT>")[1].split("--threads")[0]
    return re.findall(r"^\s+- ([a-z-]+):", about, re.MULTILINE)


def found(program: Path, bug: str, seeds: int) -> tuple[int | None, Counter[str], int]:
    """After how many histories the auditor finds a bug, by which rules in all of them, and in how many the oracles do."""
    command = [program, "--plant", bug, "--seeds", str(seeds), "--stream", "-", "--show", "0"]
    if bug in ACTORS:
        command += ["--actor", ACTORS[bug]]
    rules: Counter[str] = Counter()
    first = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        for world in worlds(running.stdout):
            spoke = {difference.rule for difference in differences(world)}
            rules.update(spoke)
            if spoke and world.seed is not None:
                first = min(world.seed, seeds if first is None else first)
        said = running.stderr.read() if running.stderr else ""
    failed = re.findall(r"(\d+) failed", said)
    return first, rules, int(failed[-1]) if failed else 0


def main() -> int:
    """Plants them all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=PROGRAM, help="the rehearsal, built")
    parser.add_argument("--seeds", type=int, default=100, help="how many histories for each bug")
    parser.add_argument("--only", help="one bug")
    options = parser.parse_args()
    missed = False
    for bug in bugs(options.program):
        if options.only not in (None, bug):
            continue
        first, rules, oracles = found(options.program, bug, options.seeds)
        if first is not None:
            most = ", ".join(f"{rule} {times}" for rule, times in rules.most_common(3))
            print(f"{bug}: found, first by seed {first}; {most}; oracles in {oracles}", flush=True)
        else:
            why = UNSEEN.get(bug)
            missed |= why is None
            print(f"{bug}: {'not to be seen: ' + why if why else 'NOT FOUND'}; oracles in {oracles}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
