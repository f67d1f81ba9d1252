"""What a trace's header says, whether strace has all of a process, and what time it is: by tables."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from muxviz.sources.strace import TraceError, Translator, live, translate
from muxviz.sources.strace.line_accounting import SAMPLES, LineAccounting
from tests.sources.strace.told import stamped, translated


@pytest.mark.parametrize(
    ("plan", "attached", "only", "slow"),
    [
        ({"launched": True, "pids": ()}, None, None, None), ({"launched": False, "pids": (7,)}, 7, None, None),
        ({"launched": False, "pids": (7, 8)}, [7, 8], None, None),
        ({"launched": True, "pids": (), "waits_only": True, "slow_ms": 5}, None, "waits", 5),
    ],
)  # fmt: skip
def test_what_a_trace_s_header_says(
    plan: dict[str, Any], attached: Any, only: Any, slow: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "title_of", lambda plan: "in words")
    made: Any = SimpleNamespace(**({"waits_only": False, "slow_ms": 0} | plan))
    header = live._header(made, "epoll", 1_700_000_000_500_000_000)
    source = header.source
    assert (source.kind, source.title, source.by, source.fix) == ("trace", "in words", "epoll", None)
    assert (source.attached, source.only, source.slow) == (attached, only, slow)
    assert header.began is not None
    assert datetime.fromisoformat(str(header.began)).astimezone(UTC).replace(microsecond=0) == datetime(
        2023, 11, 14, 22, 13, 20, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("tracers", "strace", "all_of_it"),
    [
        ([9], 9, True), ([9, 9], 9, True), ([9, 0], 9, False), ([0], 9, False), ([9, None], 9, True), ([], 9, False),
        ([8], 9, False), ([9], None, False), ([99], 9, False),
    ],
)  # fmt: skip
def test_strace_has_every_thread_of_a_process(
    tracers: list[int | None], strace: int | None, all_of_it: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, tracer in enumerate(tracers):
        (tmp_path / str(number)).mkdir()
        if tracer is not None:  # else it has ended meanwhile
            text = f"Name:\tTracerPid:\t5\nPid:\t5\nTracerPid:\t{tracer}\nUid:\t1\t2\n"
            (tmp_path / str(number) / "status").write_text(text)
    real = live._entries
    monkeypatch.setattr(live, "_entries", lambda directory: real(str(tmp_path)) if directory == "/proc/5/task" else [])
    assert live._traced_by(5, strace) is all_of_it
    assert real(str(tmp_path / "none")) == []


@pytest.mark.parametrize(
    ("times", "later"),
    [
        (["18:00:00", "18:00:01"], [0, 1]), (["18:00:00", "06:00:00"], [0, 0]),
        (["18:00:00", "05:59:59"], [0, 12 * 3600 - 1]), (["23:59:59", "00:00:01", "23:59:59", "00:00:01"],
        [0, 2, 86400, 86402]), (["10:00:00", "09:00:00", "11:00:00"], [0, 0, 3600]),
    ],
)  # fmt: skip
def test_a_clock_that_goes_back_more_than_half_a_day_has_passed_midnight(times: list[str], later: list[int]) -> None:
    text = "".join(f"100 {time} close({number}) = 0\n" for number, time in enumerate(times, 3))
    assert [event.t for event in Translator().lines(text.encode())] == [seconds * 1_000_000_000 for seconds in later]


def test_what_became_of_each_line_in_words() -> None:
    said = LineAccounting()
    assert said.words() is None
    for number in range(SAMPLES + 2):
        said.unread(f"{number}" * 300)
    assert said.unknown == SAMPLES + 2 and said.samples == [f"{number}" * 200 for number in range(SAMPLES)]
    assert said.words() == f"7 lines could not be read; the first: {'0' * 200}"
    assert LineAccounting(unknown=1).words() == "1 line could not be read"
    assert LineAccounting(partial=1, lost=1, unnamed=1).words() == (
        "the last line has no end. of 1 call only one half was seen. "
        "1 report is of fds that were registered before the trace began"
    )
    assert LineAccounting(lost=2, unnamed=2).words() == (
        "of 2 calls only one half was seen. 2 reports are of fds that were registered before the trace began"
    )


def test_names_of_calls_are_told_apart_up_to_a_limit() -> None:
    said = LineAccounting()
    for number in range(513):
        said.passed(f"call{number}")
    said.passed("call511")
    said.passed("call512")
    assert (
        len(said.other) == 513 and said.other["call511"] == 2 and said.other["…"] == 2 and "call512" not in said.other
    )


def test_so_many_lines_without_a_time_and_no_more() -> None:
    made = Translator()
    assert made.lines(b"100 close(3) = 0\n" * (translate._PATIENCE - 1)) == []
    with pytest.raises(TraceError, match="have no times"):
        made.lines(b"100 close(3) = 0\n")


def test_a_call_that_has_begun_is_told_where_it_may_sleep_and_once() -> None:
    made = Translator()
    assert made.lines(stamped("close(3) = 0", 0).encode() + b"\n")[0].t == 0
    [asleep] = made.lines(stamped("epoll_wait(5<anon_inode:[eventpoll]>,  <unfinished ...>", 2).encode() + b"\n")
    assert (asleep.call, asleep.phase, asleep.ret, asleep.took) == ("epoll_wait", "enter", None, None)
    assert asleep.t > 0 and made.quiet() == [] and made.end() == []
    for text, told in (
        ("close(3 <unfinished ...>", []), ("accept(3,  <unfinished ...>", ["accept"]),
        ("accept(x, <unfinished ...>", []),
        ("getpid( <unfinished ...>", []), ("poll([{fd=3, events=POLLIN}], 1, -1 <unfinished ...>", []),
    ):  # fmt: skip
        made = Translator()
        made.lines(stamped(text, 1).encode() + b"\n")
        assert [event.call for event in made.quiet()] == told, text
    [left] = translated("epoll_wait(5<anon_inode:[eventpoll]>,  <detached ...>")
    assert (left.call, left.phase) == ("epoll_wait", "enter")


def test_a_number_that_is_another_s_by_the_end_of_a_close() -> None:
    events = translated(
        stamped("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 7<socket:[70]>", 0),
        stamped("clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, stack=0x7} => {parent_tid=[101]}, 88) = 101", 1),
        stamped("close(7<socket:[70]> <unfinished ...>", 2),
        stamped("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 7<socket:[71]>", 3, 101),
        stamped("<... close resumed>) = 0 <0.000090>", 4),
        stamped("close(7<socket:[71]>) = 0", 5),
    )
    assert [event.args.get("former") for event in events if event.call == "close"] == [True, None]
