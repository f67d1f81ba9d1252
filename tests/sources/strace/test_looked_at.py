"""The same programs under `muxviz trace`, which looks at their queues: what lies there is certain, and a program that
reads later, or is slowed down by its client, is not accused all the same."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from muxviz.sources.strace.launch import Plan
from muxviz.sources.strace.session import TraceSession
from tests.sources.strace import clients
from tests.sources.strace.programs import PROGRAMS, TRACED
from tests.sources.strace.traced import free_port, listens
from tests.sources.strace.verdict import judge, told
from tests.waiting import until

LYING = {"stranded-data", "stranded-connection", "ignored-edge", "unread-eof", "disarmed"}
"""Rules about what lies in a queue. A look is made when strace has said nothing for a while."""


@pytest.mark.parametrize("name", TRACED)
def test_what_is_found_in_a_program_that_is_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"] + ":/usr/sbin")
    monkeypatch.chdir(tmp_path)
    program, port = PROGRAMS[name], free_port()
    session = TraceSession(Plan(tuple(program.command(tmp_path, port))))
    lying = {one.rule for one in program.found} & LYING

    def seen() -> bool:
        return not lying or any(one.rule in lying and one.sure == "certain" for one in told(session.trace))

    monkeypatch.setattr(clients, "after_a_lull", lambda: until(seen, "a look"))
    session.start()
    try:
        with ExitStack() as held:
            until(lambda: listens(port), "it listens")
            program.drive(port, held)
            session.close()
        assert not [note for n in range(len(session.trace)) if (note := session.trace[n].note) is not None]
        judge(program, session.trace)
    finally:
        session.close()
        session.trace.close()
