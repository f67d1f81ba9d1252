"""The command line: a sample of faults, each planted and run, and what came of them by folder."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.faults.copies import Copy, Ran, adopt, end_all
from tests.faults.known import Known
from tests.faults.planted import Fault, sample

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final[dict[str, list[str]]] = tomllib.loads((Path(__file__).parent / "folders.toml").read_text())["tests"]
EQUAL: Final[dict[str, str]] = tomllib.loads((Path(__file__).parent / "equal.toml").read_text())
_WORDS: Final = {"passed": "unnoticed", "late": "not in time", "failed": "noticed"}

Row = dict[str, str | float]

_copy: Copy
_seconds: float
_TIMES: Final = 10
"""How much longer the tests may take that are run once without a fault."""


def _begin(directory: str, seconds: float) -> None:
    """What each process does first: make a copy of its own."""
    global _copy, _seconds
    for number in (signal.SIGINT, signal.SIGTERM):  # the first process ends the others; ignored, a test's would be too
        signal.signal(number, lambda *_: None)
    adopt()
    _copy = Copy(ROOT, _directory(prefix="c", dir=directory))
    _seconds = seconds


def _directory(**where: str) -> Path:
    """A directory that other users may enter too: some tests ask as one."""
    made = Path(tempfile.mkdtemp(**where))
    made.chmod(0o755)
    return made


def _stop(*_: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _try(fault: Fault, known: Known) -> Row:
    source = (_copy.root / fault.path).read_text(encoding="utf-8")
    changed = fault.planted(source)
    assert changed is not None
    with _copy.planted(fault.path, changed):
        ran = _copy.run(known.order(fault, source, _seconds), _seconds)
    lines = "\n".join(fault.difference(source, changed))
    return {
        "fault": fault.name,
        "source": _digest(source),
        "how": _WORDS[ran.how],
        "seconds": round(ran.seconds, 1),
        "by": ran.by,
        "difference": lines,
    }


def _whole(folder: str) -> tuple[Ran, Known]:
    """The folder's tests without a fault: what they say then is what a fault's run is held against. What is known of a
    file of tests is kept for as long as it and muxviz are the same."""
    digests = {file: _digest(_source_of(_copy.root) + (_copy.root / file).read_text()) for file in _files(folder)}
    kept = ROOT / "build" / "faults" / f"known-{folder.replace('/', '-')}.json"
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    known = {file: one for file, one in before.items() if digests.get(file) == one["digest"]}
    missing = [file for file in digests if file not in known]
    options = [each for each in FOLDERS[folder] if each.startswith("-")]
    ran, found = Ran("passed", 0), Known({})
    if missing:
        ran, found = _copy.known([*options, *missing], _TIMES * _seconds)
    if ran.how == "passed":
        for file in missing:
            tests = {name: test for name, test in found.tests.items() if name.partition("::")[0] == file}
            known[file] = {"digest": digests[file], "tests": tests}
        kept.write_text(json.dumps(known), encoding="utf-8")
        found = Known({name: test for file in digests for name, test in known[file]["tests"].items()})
    return ran, found


def _files(folder: str) -> list[str]:
    """The files of a folder's tests, in order."""
    found: list[str] = []
    for each in FOLDERS[folder]:
        if not each.startswith("-"):
            path = _copy.root / each
            files = [path] if path.suffix else sorted(path.rglob("test_*.py"))
            found += [str(file.relative_to(_copy.root)) for file in files]
    return list(dict.fromkeys(found))


@cache
def _source_of(root: Path) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in sorted((root / "muxviz").rglob("*.py")))


def _whole_of(pool: ProcessPoolExecutor, folders: Sequence[str], seconds: float) -> dict[str, Known] | None:
    """What is known of the tests of some folders; None where some fail, or don't end, without a fault."""
    found = {}
    for folder, (ran, known) in zip(folders, pool.map(_whole, folders), strict=True):
        print(known.told(folder, seconds), flush=True)
        if ran.how == "passed":
            found[folder] = known
            continue
        red = known.red or [f"{ran.by} ({ran.how})"]
        print("", *(f"fails without a fault: {name}" for name in red), sep="\n    ", file=sys.stderr, flush=True)
    return found if len(found) == len(folders) else None


def _folder(path: str) -> str:
    """Of `muxviz/sources/lab/lane.py`, `sources/lab`."""
    return next(folder for folder in FOLDERS if path.startswith(f"muxviz/{folder}/"))


def _digest(source: str) -> str:
    return sha256(source.encode()).hexdigest()[:12]


def _why_equal(row: Row) -> str | None:
    """Why this fault changes nothing that can be seen, where that is known: by its file and the lines that differ."""
    path = str(row["fault"]).split(":")[0]
    said = " ".join(line[:1] + " ".join(line[1:].split()) for line in str(row["difference"]).splitlines())
    return EQUAL.get(f"{path} {said}")


def _table(rows: Iterable[Row]) -> str:
    counted: dict[str, list[int]] = {}
    for row in rows:
        folder = _folder(str(row["fault"]))
        how = "equal" if row["how"] != "noticed" and _why_equal(row) else str(row["how"])
        counts = counted.setdefault(folder, [0, 0, 0, 0])
        counts[("noticed", "unnoticed", "not in time", "equal").index(how)] += 1
    whole = [sum(column) for column in zip(*counted.values(), strict=True)] or [0, 0, 0, 0]
    lines = [f"{'folder':16}{'planted':>8}{'noticed':>9}{'unnoticed':>11}{'not in time':>13}{'equal':>7}{'share':>8}"]
    for folder, counts in (*sorted(counted.items()), ("all", whole)):
        asked = sum(counts[:3])
        share = f"{counts[0] / asked:.0%}" if asked else "-"
        lines.append(f"{folder:16}{sum(counts):8}{counts[0]:9}{counts[1]:11}{counts[2]:13}{counts[3]:7}{share:>8}")
    return "\n".join(lines)


def _list(rows: Iterable[Row]) -> str:
    told = []
    for row in sorted(rows, key=lambda row: str(row["fault"])):
        if row["how"] != "noticed":
            why = _why_equal(row)
            told.append(f"{row['fault']}  {'changes nothing: ' + why if why else row['how']}\n{row['difference']}")
    return "\n".join(told)


def _kept(file: Path) -> dict[str, Row]:
    if not file.exists():
        return {}
    return {str(row["fault"]): row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())}


def _same_source(row: Mapping[str, str | float]) -> bool:
    file = ROOT / str(row["fault"]).split(":")[0]
    return file.exists() and row["source"] == _digest(file.read_text(encoding="utf-8"))


def _note(rows: Iterable[Row]) -> str:
    """That a sample is of another tree than the one that is here."""
    every = list(rows)
    old = sum(not _same_source(row) for row in every)
    return f"{old} of {len(every)} were planted in a file that has changed since: their lines are those of then." * (
        old > 0
    )


def _fault(name: str) -> Fault:
    path, line, column, operator, occurrence = name.split(":")
    return Fault(path, operator, int(occurrence), int(line), int(column))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    add = parser.add_argument
    add("count", type=int, nargs="?", default=40, help="how many faults (default 40)")
    add("seed", type=int, nargs="?", help="which sample (default: another each time; it is printed)")
    add("-j", "--jobs", type=int, default=1, help="how many at once: one a core (default 1)")
    add("-f", "--folder", action="append", choices=sorted(FOLDERS), help="only this folder (repeatable)")
    add("--seconds", type=float, default=60, help="how long a fault's tests may take (default 60)")
    add("--whole", action="store_true", help="run each folder's tests without a fault, and no more")
    add("--again", action="store_true", help="plant those of this sample again that went unnoticed")
    add("--list", action="store_true", help="print what is kept of this sample, and run nothing")
    options = parser.parse_args(argv)
    folders = options.folder or list(FOLDERS)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    which = "-".join(folders).replace("/", "-") if options.folder else "all"
    kept = ROOT / "build" / "faults" / f"{options.count}-{seed}-{which}.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    rows = _kept(kept)
    if options.list:
        print(_list(rows.values()), _table(rows.values()), _note(rows.values()), sep="\n\n")
        return 0
    if options.again:
        faults = [_fault(name) for name, row in rows.items() if row["how"] != "noticed" and _same_source(row)]
    elif options.whole:
        faults = []
    else:
        print(f"{options.count} faults, seed {seed}, kept in {kept.relative_to(ROOT)}", flush=True)
        drawn = sample(ROOT, [f"muxviz/{folder}" for folder in folders], options.count, seed)
        rows = {name: row for name, row in rows.items() if _same_source(row)}
        faults = [fault for fault in drawn if fault.name not in rows]
    directory = str(_directory(prefix="mf"))
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        with ProcessPoolExecutor(options.jobs, initializer=_begin, initargs=(directory, options.seconds)) as pool:
            try:
                asked = folders if options.whole else sorted({_folder(fault.path) for fault in faults})
                known = _whole_of(pool, asked, options.seconds)
                if known is None or options.whole:
                    return int(known is None)
                with kept.open("a", encoding="utf-8") as file:
                    for row in pool.map(_try, faults, [known[_folder(fault.path)] for fault in faults]):
                        rows[str(row["fault"])] = row
                        print(json.dumps(row), file=file, flush=True)
                        print(f"{row['how']:12}{row['seconds']:5} s  {row['fault']}  {row['by']}", flush=True)
            except KeyboardInterrupt:  # Ctrl-C, or SIGTERM: what was begun is ended, and what is known is told
                threading.excepthook = lambda _: None  # the pool's own thread: its processes are gone
                end_all()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("", _list(rows.values()), "", _table(rows.values()), _note(rows.values()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
