"""The rows of the calls, held against everything that has calls of its own: the probe, strace's lines, recordings."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from muxviz import calls
from muxviz.calls import ANY_CALL, ARGS, BY_NAME, MAY_SLEEP, READS, ROWS, TLS, WAITS, WRITES, syscalls
from muxviz.events import Event
from muxviz.findings import descriptors as found_descriptors
from muxviz.kernel import descriptors
from muxviz.probe import calls as probe_calls
from muxviz.probe import ring_format
from muxviz.recording import read
from muxviz.sources.strace import Translator
from muxviz.sources.strace.calls import DESCRIPTIONS, describe
from muxviz.sources.strace.launch import Plan
from tests import format_page
from tests.recording.test_written_before import EXPECTED, HERE
from tests.sources.strace.programs import PROGRAMS
from tests.sources.strace.traced import saved


def test_a_name_and_a_system_call_stand_in_one_row() -> None:
    assert len(BY_NAME) == len(ROWS)
    every = [name for row in ROWS for name in row.syscalls.split()]
    assert len(every) == len(set(every))


def test_what_waits_reads_and_writes() -> None:
    assert {"select", "poll", "epoll_wait"} == WAITS
    assert {"recv", "recvfrom", "recvmsg", "recvmmsg", "read", "readv"} == READS
    assert {"send", "sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile"} == WRITES
    assert {"SSL_read", "SSL_write", "SSL_do_handshake", "SSL_shutdown"} == TLS
    assert READS | WRITES | TLS | {"accept", "connect", "splice"} == MAY_SLEEP


def test_every_key_has_a_meaning_and_every_meaning_a_key() -> None:
    keys = {key for row in ROWS for key in row.args.split()}
    assert keys == set(ARGS)
    assert not keys & set(ANY_CALL)


def test_strace_s_lines_are_read_for_every_system_call_of_the_rows() -> None:
    assert set(DESCRIPTIONS) == {name for row in ROWS for name in row.syscalls.split()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_line_of_strace_s_has_the_row_s_name(row: calls.Call) -> None:
    """Of calls that are several, by what they were given."""
    given = {
        "recvfrom": '3<s>, "", 1, 0, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("1.1.1.1")}, [16]',
        "sendto": '3<s>, "", 1, 0, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("1.1.1.1")}, 16',
        "clone": "child_stack=NULL, flags=CLONE_VM|CLONE_THREAD",
        "socketpair": "AF_UNIX, SOCK_STREAM, 0, [3<a>, 4<b>]",
    }
    for name in row.syscalls.split():
        described = describe(name, given.get(row.name, "3<s>, 4"))
        assert described is not None
        assert described.call == row.name


def test_strace_is_asked_for_what_the_rows_say() -> None:
    everything, waits = (
        next(word for word in Plan(waits_only=only).argv("out") if word.startswith("trace=")) for only in (False, True)
    )
    assert set(everything.removeprefix("trace=").split(",")) == {
        f"?{name}" for name in syscalls("always", "not waits only")
    }
    assert "?epoll_pwait2" in waits
    assert "?close" in waits
    assert "?read" in everything
    assert "?read" not in waits.split(",")
    assert "?getsockname" not in everything


def test_the_probe_s_calls_have_rows() -> None:
    assert set(ring_format.CALLS) <= set(BY_NAME)
    sleeping = {ring_format.CALLS[code - ring_format.FIRST_CALL] for code in probe_calls.MAY_SLEEP}
    assert sleeping <= MAY_SLEEP


@pytest.mark.parametrize("table", [descriptors.EFFECTS, found_descriptors.HANDLERS], ids=["kernel", "findings"])
def test_tables_of_what_a_call_does_name_calls_of_the_rows(table: Iterable[str]) -> None:
    assert set(table) <= set(BY_NAME)


def unknown(events: Iterable[Event]) -> set[tuple[str, str]]:
    """Keys of `args` that no row has."""
    return {
        (event.call, key)
        for event in events
        if event.call is not None
        for key in event.args
        if key not in ANY_CALL and key not in BY_NAME[event.call].args.split()
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_recordings_have_no_key_that_is_not_in_the_rows(name: str) -> None:
    assert not unknown(event for event, _ in read(HERE / name)[1])


@pytest.mark.parametrize("name", PROGRAMS)
def test_traced_programs_have_no_key_that_is_not_in_the_rows(name: str) -> None:
    translator = Translator(by="epoll")
    assert not unknown([*translator.lines(saved(name)), *translator.end()])


def test_the_page_of_the_form_is_what_the_tables_say() -> None:
    assert format_page.PAGE.read_text() == format_page.page(), "python -m tests.format_page writes it anew"


@pytest.mark.parametrize("struct", [struct for struct, _ in format_page.STRUCTS])
def test_every_field_of_the_form_is_explained(struct: str) -> None:
    assert all(said for _, said in format_page.fields(struct))
