"""What a lane records of a generic program is what strace sees it do, free running and held."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from muxviz.events import decode_event
from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import PROGRAMS
from tests.strace_log import NAMES, TRACED, calls
from tests.test_strace_agrees import recorded
from tests.waiting import LIMIT_SECONDS

pytestmark = pytest.mark.needs("strace")

DRIVER = """
import sys
from muxviz.events import encode
from muxviz.sources.ring.lane_reader import Mode
from tests.probe.lanes import observed
done = observed([sys.argv[2]], Mode[sys.argv[1]])
assert done.status == 0, done.err
with open(sys.argv[3], "wb") as file:
    file.writelines(encode(event) + b"\\n" for event in done.events)
"""


@pytest.mark.parametrize("mode", [Mode.RECORD, Mode.HELD])
def test_strace_agrees(mode: Mode, tmp_path: Path) -> None:
    log, file = tmp_path / "log", tmp_path / "events"
    strace = ["strace", "-ff", "-qq", "-v", "-s", "0", "-e", "signal=none", "-e", f"trace={TRACED}", "-o", str(log)]
    driver = [sys.executable, "-c", DRIVER, mode.name, str(PROGRAMS / "both_ends.py"), str(file)]
    subprocess.run([*strace, *driver], check=True, timeout=LIMIT_SECONDS, stdin=subprocess.DEVNULL)
    events = [decode_event(line) for line in file.read_bytes().splitlines()]
    ours = [recorded(event) for event in events if event.call in set(NAMES.values())]
    theirs = calls(log.with_name(f"log.{events[0].pid}"))
    assert ours == theirs
    assert len(ours) > 80
    print(f"\n{mode.name}: {len(ours)} calls agree")
