"""The command: see the package."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.fuzz import extremes, recordings, strace
from tests.fuzz.looks import looked_at
from tests.fuzz.running import Fuzz, findings, numbers


def of_recordings(number: int, seed: int, path: Path) -> str:
    """One recording: of two in three a number is changed, of the others anything."""
    touched: Sequence[int] = ()
    if number % 3:
        touched = extremes.made(number, seed, path)
    else:
        recordings.made(number, seed, path)
    return looked_at(path, random.Random(f"{seed}/{number}/looks"), touched)


KINDS: Final[dict[str, Fuzz]] = {"recordings": of_recordings, "strace": strace.one}


def main() -> int:
    """Run until the time or the inputs are over; status 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--inputs", type=int)
    parser.add_argument("--only", type=int, metavar="NUMBER", help="this input alone")
    parser.add_argument("--kept", type=Path, help="a directory for the inputs that findings rest on")
    given = parser.parse_args()
    first, count = (given.only, 1) if given.only is not None else (0, given.inputs)
    seconds = given.minutes * 60 if given.minutes is not None else None
    if count is None and seconds is None:
        seconds = 60.0
    print(f"{given.kind}, seed {given.seed}", flush=True)
    found, last, began = 0, first, time.monotonic()

    def counted() -> object:
        nonlocal last
        for last in numbers(first, count=count, seconds=seconds):
            if last % 1000 == 999:
                print(f"{last + 1 - first} inputs in {time.monotonic() - began:.0f} s, {found} findings", flush=True)
            yield last

    with tempfile.TemporaryDirectory(prefix="muxviz-fuzz-") as work:
        for one in findings(KINDS[given.kind], counted(), given.seed, Path(work), given.kept):  # type: ignore[arg-type]
            found += 1
            print(f"--- input {one.number}: {one.place}\n{one.text}", flush=True)
    print(f"{last + 1 - first} inputs in {time.monotonic() - began:.0f} s, {found} findings", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
