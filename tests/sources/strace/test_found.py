"""Saved traces of real programs: every line is understood, planted bugs are found by name, and others are not accused.

`python -m tests.sources.strace.traced all` makes them anew.
"""

from __future__ import annotations

import pytest

from muxviz.sources.strace.fd_effects import By
from tests.sources.strace.programs import PLANTED, PROGRAMS, SOUND
from tests.sources.strace.traced import saved
from tests.sources.strace.verdict import Told, judge, read, told

MORE: dict[str, set[tuple[str, int]]] = {
    "leaks_a_dup": {("ghost-fd", 5)},
    "remembers": {("stranded-data", 5), ("ignored-edge", 5)},
    "nginx_slow": {("ignored-edge", 3)},
    "nginx_between": {("ignored-edge", 3), ("ignored-edge", 9)},
}
"""What else these have: the second ghost, when the other client ends; what is hedged."""


LOOKED = {"closed-unread"}
"""Rules that a saved trace shows nothing of, as nobody looked at a queue: tests/findings/test_programs.py."""


@pytest.mark.parametrize("by", ["process", "epoll"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_found_in_a_saved_trace(name: str, by: By) -> None:
    program = PROGRAMS[name]
    trace, counted = read([saved(name)], by)
    judge(program, trace, counted)
    expected = {(one.rule, one.fd) for one in program.found} | MORE.get(name, set())
    assert {(rule, fd) for rule, fd, _ in told(trace)} == expected


@pytest.mark.parametrize("name", [one.name for one in SOUND])
def test_a_real_program_is_not_accused(name: str) -> None:
    trace, _ = read([saved(name)])
    assert [one for one in told(trace) if one.sure in ("certain", "likely")] == []


def test_every_rule_has_a_program_that_breaks_it() -> None:
    from muxviz.findings import RULES

    assert {one.rule for program in PLANTED for one in program.found} | LOOKED == set(RULES)


@pytest.mark.parametrize("name", ["reads_once", "nginx_between", "threads", "redis"])
def test_lines_may_be_cut_anywhere(name: str) -> None:
    text = saved(name)
    whole, _ = read([text])
    cut, counted = read([text[k : k + 97] for k in range(0, len(text), 97)])
    assert [whole.line(n) for n in range(len(whole))] == [cut.line(n) for n in range(len(cut))]
    assert told(whole) == told(cut) and counted.words() is None


def test_nginx_towards_a_slow_client_is_asked_about_back_pressure() -> None:
    from muxviz.findings.words import derived
    from tests.sources.strace.verdict import found

    trace, _ = read([saved("nginx_slow")])
    (one,) = found(trace)
    assert Told("ignored-edge", 3, "possible") in told(trace) and one.other == 3
    assert "back-pressure?" in " ".join(derived(one, len(trace) - 1))


def test_the_files_say_nothing_of_the_machine_that_they_are_of() -> None:
    for name in PROGRAMS:
        text = saved(name)
        for word in (b"/root", b"/home", b"/tmp/", b"process_api", b"/work"):
            assert word not in text, (name, word)
