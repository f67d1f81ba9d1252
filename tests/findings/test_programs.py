"""Real programs that break a rule, the same mended, and others that look like them, recorded by `muxviz run`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import run_muxviz

_PEER: Final = """
import os, select, socket
mine, peer = socket.socketpair()
mine.setblocking(False)
ep = select.epoll()
"""
CLOSES: Final = """
ep.register(mine, select.EPOLLIN | select.EPOLLRDHUP)
peer.send(b"the last word")
peer.shutdown(socket.SHUT_WR)
for fd, flags in ep.poll():
    {before}
    mine.close()
"""
ENDS: Final = """
ep.register(mine, select.EPOLLIN)
peer.shutdown(socket.SHUT_WR)
for turn in range({turns}):
    ep.poll()
    if not mine.recv(64):
        {at_end}
"""
KEEPS: Final = """
r, w = os.pipe()
os.write(w, b"wake")
for turn in range({turns}):
    select.select([r], [], [])
    {do}
"""
READS_PAST_US: Final = """
r, w = os.pipe()
os.write(w, b"x" * 64)
file = open(r, "rb", buffering=0)
for turn in range(30):
    select.select([file], [], [])
    file.read(1)
"""
PROGRAMS: Final[dict[str, tuple[str, set[tuple[str, str]]]]] = {
    "closes at RDHUP": (CLOSES.format(before="pass"), {("closed-unread", "likely")}),
    "reads, then closes": (CLOSES.format(before="mine.recv(64)"), set()),
    "keeps an end": (ENDS.format(turns=9, at_end="pass"), {("end-spin", "certain")}),
    "reads an end twice": (ENDS.format(turns=2, at_end="pass"), set()),
    "closes at the end": (ENDS.format(turns=1, at_end="mine.close()"), set()),
    "stops asking at the end": (
        ENDS.format(turns=1, at_end="ep.modify(mine, 0)") + "for _ in range(9): ep.poll(0)", set()),
    "wakes itself and reads nothing": (KEEPS.format(turns=60, do="pass"), {("level-ignored", "likely")}),
    "wakes itself and reads": (KEEPS.format(turns=1, do="os.read(r, 64)"), set()),
    "reads through a file": (READS_PAST_US, {("level-ignored", "possible")}),
}  # fmt: skip
"""By name: the program, and everything that is found in it."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_found_in_a_program(name: str, tmp_path: Path) -> None:
    program, expected = PROGRAMS[name]
    script, file = tmp_path / "program.py", tmp_path / "x.muxviz"
    script.write_text(_PEER + program)
    done = run_muxviz("run", "--headless", "-o", file, script)
    assert done.returncode == 0, done.stderr
    report = json.loads(run_muxviz("check", file, "--format", "json").stdout)
    assert {(one["rule"], one["surety"]) for one in report["findings"]} == expected
