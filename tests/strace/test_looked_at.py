"""The same programs under `muxviz trace`, which looks at their queues: what lies there is certain, and a program that
reads later, or is slowed down by its client, is not accused all the same."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from muxviz.strace.launch import Plan
from muxviz.strace.session import TraceSession
from tests.strace.programs import PROGRAMS
from tests.strace.traced import free_port, listens
from tests.strace.verdict import judge
from tests.tracing.programs import until


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_found_in_a_program_that_is_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.environ["PATH"] + ":/usr/sbin")
    monkeypatch.chdir(tmp_path)
    program, port = PROGRAMS[name], free_port()
    session = TraceSession(Plan(tuple(program.command(tmp_path, port))))
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
