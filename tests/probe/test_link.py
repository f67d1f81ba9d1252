"""muxviz's end of a lane, with the other end's bytes written by hand: what it reads and no longer believes."""

from __future__ import annotations

import errno
import gc
import mmap
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from muxviz.probe import ring_format
from muxviz.probe.gate import open_semaphore
from muxviz.probe.ring import dumps
from muxviz.probe.ring_format import HEADER, HEADER_BYTES, RING_AT
from muxviz.sources.ring import lane_reader as link_module
from muxviz.sources.ring.lane_reader import Bell, Link, Mode, Where

PAGE = mmap.PAGESIZE
RECORD = 64
"""Bytes of a record here: its header, and a tail of nothing."""
TAIL = RECORD - HEADER_BYTES


class Other:
    """The lane's end."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.at = 0

    def finished(self, ret: int, *, size: int = RECORD, code: int = ring_format.RECV, at: int | None = None) -> None:
        """A record behind the last one."""
        place = self.at % self.link._size if at is None else at
        self._fill(RING_AT + place, (code, 0, 0, 0, 5, 1, ret, 3, 0, 9), size)
        self.at += size

    def stands(self, where: Where, serial: int = 1) -> None:
        self.link._words[ring_format.WHERE] = serial << 3 | where

    def slot(self, at: int, code: int, told: int = -1, tid: int = 0, length: int | None = None, t: int = 5) -> None:
        tail = dumps((None, None))
        flags = ring_format.TAILED if code == ring_format.RECV else 0
        tail = tail if flags else b""
        whole = HEADER_BYTES + len(tail)
        self.link._memory[at + HEADER_BYTES : at + whole] = tail
        HEADER.pack_into(
            self.link._view, at, code, flags, told, tid, t, 0, 0, 7, 0, 9, whole if length is None else length
        )

    def _fill(self, at: int, values: tuple[int, ...], size: int) -> None:
        self.link._memory[at + HEADER_BYTES : at + size] = bytes(size - HEADER_BYTES)
        HEADER.pack_into(self.link._view, at, *values, size)


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell("muxviz-test")
    yield made
    made.close()


@pytest.fixture
def link(tmp_path: Path, bell: Bell) -> Iterator[Link]:
    made = Link.create("lane", tmp_path, bell, mode=Mode.RECORD, ring_bytes=1, epoch_ns=0)
    yield made
    made.close()


@pytest.fixture
def other(link: Link, monkeypatch: pytest.MonkeyPatch) -> Other:
    monkeypatch.setattr(link._decoder, "event", lambda header, tail: (header[6], len(tail)))
    return Other(link)


# --- how it is made ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "size"), [(0, PAGE), (1, PAGE), (PAGE, PAGE), (PAGE + 1, 2 * PAGE), (2 * PAGE, 2 * PAGE)]
)
def test_a_ring_is_whole_pages(asked: int, size: int, tmp_path: Path, bell: Bell) -> None:
    made = Link.create("lane", tmp_path, bell, mode=Mode.HELD, ring_bytes=asked, epoch_ns=0)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size == RING_AT + size and file.stat().st_mode & 0o777 == 0o600
    assert (made.mode, made.where, made.serial, made.pid, made.opened) == (Mode.HELD, Where.NEW, 0, 0, False)
    made.close()


@pytest.mark.parametrize(("size", "kib"), [(PAGE, 132), (1 << 20, 1152)])
def test_no_room_says_how_much_is_needed(
    size: int, kib: int, tmp_path: Path, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, at: int, wanted: int) -> None:
        handles.append(handle)
        assert (at, wanted) == (0, RING_AT + size)
        raise OSError(errno.ENOSPC, "No space left on device")

    handles: list[int] = []
    monkeypatch.setattr(link_module.os, "posix_fallocate", refuse)
    with pytest.raises(OSError) as raised:
        Link.create("lane", tmp_path, bell, mode=Mode.HELD, ring_bytes=size, epoch_ns=0)
    assert raised.value.errno == errno.ENOSPC
    assert raised.value.strerror == (
        f"no room in {tmp_path.parent} for the {kib} KiB that each lane needs: free some there, or make it larger "
        "(docker: --shm-size)"
    )
    assert not list(tmp_path.iterdir())
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(handles[0])


def test_another_failure_stays_as_it_is(tmp_path: Path, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(link_module.os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        Link.create("lane", tmp_path, bell, mode=Mode.HELD, epoch_ns=0)
    assert not list(tmp_path.iterdir())


def test_the_command_line_of_a_lane(tmp_path: Path, bell: Bell) -> None:
    made = Link.create(
        "lane", tmp_path, bell, mode=Mode.HELD, queue_name="q", watch=["a", "b"], payload=7, epoch_ns=0
    )  # fmt: skip
    (file,) = tmp_path.iterdir()
    names = made.names
    assert names == {"ring": str(file), "token": names["token"], "bell": bell.name}
    assert names["token"].startswith("/muxviz-test-") and bell.name.startswith("/muxviz-test-")
    nameless = Bell()
    assert nameless.name.startswith(f"/muxviz-{os.getpid()}-")
    nameless.close()
    ours = [*names.values(), str(os.getpid()), "q", "a,b", "7"]
    assert made.argv(["x.py", "1"]) == [sys.executable, link_module._BOOT, *ours, "", "--", "x.py", "1"]
    assert made.argv(["x.py"], unbuffered=True, held=[signal.SIGINT, 15]) == [
        sys.executable, "-u", link_module._BOOT, *ours, "2,15", "--", "x.py",
    ]  # fmt: skip
    made.close()
    made.close()
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        open_semaphore(names["token"])


def test_names_go_once_the_other_side_has_opened_them(link: Link, tmp_path: Path) -> None:
    link.forget_names()
    assert list(tmp_path.iterdir()) and not link.opened
    link._memory[ring_format.OPENED] = 1
    assert link.opened and link.where is Where.NEW
    assert not list(tmp_path.iterdir())
    with pytest.raises(FileNotFoundError):
        open_semaphore(link.names["token"])
    link.forget_names()


def test_a_bell_that_rang_twice_has_rung_once(bell: Bell) -> None:
    other = open_semaphore(bell.name)
    assert not bell.wait(0)
    other.release()
    other.release()
    assert bell.wait(0) and not bell.wait(0)
    bell.close()
    bell.close()
    with pytest.raises(FileNotFoundError):
        open_semaphore(bell.name)


# --- the mode and the gate --------------------------------------------------------------------------------------------

F, R, H = Mode.FREE, Mode.RECORD, Mode.HELD


@pytest.mark.parametrize(
    ("before", "after", "generation", "tokens"),
    [(F, R, 1, 1), (F, H, 1, 0), (R, H, 0, 0), (R, F, 0, 1), (H, R, 0, 2), (H, F, 0, 2), (R, R, 0, 1), (H, H, 0, 1)],
)
def test_a_mode_is_changed(before: Mode, after: Mode, generation: int, tokens: int, tmp_path: Path, bell: Bell) -> None:
    """An old token is no token of a lane that is held anew; one that stands is let go when it is held no more."""
    made = Link.create("lane", tmp_path, bell, mode=before, epoch_ns=0)
    made.grant()
    made.mode = after
    assert made.mode is after and made._words[ring_format.GENERATION] == generation
    left = 0
    while made._token.acquire(False):
        left += 1
    assert left == tokens
    made.close()


def test_a_mode_that_nobody_sets_ends_the_record(link: Link) -> None:
    link._memory[ring_format.CONTROL] = 3
    assert link.mode is Mode.FREE and link.broken is not None and "its mode is 3" in link.broken
    link.mode = Mode.HELD
    assert link._memory[ring_format.CONTROL] == Mode.FREE and link.where is Where.RUNNING
    (note,) = link.drain()
    assert note.note == link.broken and link.drain() == []


@pytest.mark.parametrize("word", range(8))
def test_where_it_stands_is_one_of_five(word: int, link: Link) -> None:
    link._words[ring_format.WHERE] = 9 << 3 | word
    link._words[ring_format.PID], link._words[ring_format.FULL_WAITS] = 77, 4
    assert link.where is (Where(word) if word < 5 else Where.RUNNING) and (link.broken is None) is (word < 5)
    assert (link.serial, link.pid, link.full_waits) == (9, 77, 4)


@pytest.mark.parametrize(("told", "says"), [(-1, None), (0, False), (1, True)])
def test_what_a_lane_is_about_to_do(told: int, says: bool | None, link: Link) -> None:
    lane = Other(link)
    lane.slot(ring_format.ANNOUNCED_AT, ring_format.EPOLL_WAIT, told)
    assert link.announced() is None, "it does not stand there"
    lane.stands(Where.GATE)
    said = link.announced()
    assert said is not None and (said.call, said.fd, said.is_wait, said.told) == ("epoll_wait", 7, True, says)
    assert link.entered() is None
    lane.slot(ring_format.ANNOUNCED_AT, ring_format.RECV, told)
    said = link.announced()
    assert said is not None and (said.call, said.is_wait, said.told) == ("recv", False, None)
    assert said.args["size"] == 9


def test_the_call_that_a_lane_is_in(link: Link) -> None:
    lane = Other(link)
    lane.slot(ring_format.ENTERED_AT, ring_format.RECV)
    lane.stands(Where.GATE)
    assert link.entered() is None
    lane.stands(Where.CALL)
    event = link.entered()
    assert event is not None and (event.call, event.phase, event.fd) == ("recv", "enter", 7)
    lane.slot(ring_format.ENTERED_AT, 250)
    assert link.entered() is None and link.broken is not None and "a call that has begun" in link.broken


def test_the_calls_of_all_threads_by_their_begin(link: Link) -> None:
    lane = Other(link)
    for number, t in ((0, 9), (5, 3), (ring_format.INSIDE_SLOTS - 1, 6)):
        lane.slot(ring_format.INSIDE_AT + number * ring_format.INSIDE_BYTES, ring_format.RECV, tid=t, t=t)
    assert [(event.t, event.tid) for event in link.inside()] == [(3, 3), (6, 6), (9, 9)]
    link._break_off("for a reason")
    assert link.inside() == []


# --- the ring ---------------------------------------------------------------------------------------------------------


def test_records_are_read_in_their_order_and_their_room_is_given_back(other: Other) -> None:
    link = other.link
    assert link.pending_bytes() == 0
    for ret in range(5):
        other.finished(ret, size=RECORD + 8 * ret)
    assert link.pending_bytes() == other.at == link.pending_bytes()
    assert link.drain(2) == [(0, TAIL), (1, TAIL + 8)] and link._words[ring_format.TAIL] == RECORD * 2 + 8
    assert (
        link.drain(3) == [(2, TAIL + 16), (3, TAIL + 24), (4, TAIL + 32)]
        and link.drain() == []
        and link.pending_bytes() == 0
    )
    assert link._words[ring_format.TAIL] == other.at and not any(link._memory[RING_AT:]), (
        "what was read is nothing again"
    )
    assert link.broken is None


def test_what_was_decoded_and_not_drained_is_pending(other: Other) -> None:
    for ret in range(4):
        other.finished(ret)
    other.link._pull(1 << 30)
    assert other.link.pending_bytes() == 4 and other.link.drain(3) == [(0, TAIL), (1, TAIL), (2, TAIL)]
    other.finished(4)
    assert other.link.pending_bytes() == 1 + RECORD and other.link.drain() == [(3, TAIL), (4, TAIL)]


@pytest.mark.parametrize("size", [HEADER_BYTES, 72, 136, 1024])
def test_the_ring_s_end_is_passed_by_what_does_not_fit(size: int, other: Other) -> None:
    """The lane leaves out an end that is too short for a header; a record that would pass it is preceded by a pad."""
    link, seen = other.link, 0
    for ret in range(200):
        left = link._size - other.at % link._size
        if left < size:
            other.finished(-1, size=left, code=ring_format.PAD)
        other.finished(ret, size=size)
        left = link._size - other.at % link._size
        if left < HEADER_BYTES:
            other.at += left
        assert link.pending_bytes() == other.at - link._read
        got = [each for each in link.drain() if each[0] != -1]  # type: ignore[index]
        assert got == [(ret, size - HEADER_BYTES)] and link.broken is None
        seen += 1
    assert link._read == link._words[ring_format.TAIL] == other.at and seen == 200 and other.at > 2 * link._size


def test_an_end_that_holds_just_a_header_holds_one(other: Other) -> None:
    link = other.link
    while other.at < link._size - HEADER_BYTES:
        left = link._size - HEADER_BYTES - other.at
        other.finished(1, size=RECORD if left >= 2 * RECORD else left)
        link.drain()
    other.finished(2, size=HEADER_BYTES)
    other.finished(3)
    assert link.pending_bytes() == HEADER_BYTES + RECORD and link.drain() == [(2, 0), (3, TAIL)] and link.broken is None


def test_a_full_ring_is_all_pending(other: Other) -> None:
    link = other.link
    while other.at < link._size:
        other.finished(7, size=128)
    assert link.pending_bytes() == link._size == other.at
    assert link.drain() == [(7, 128 - HEADER_BYTES)] * (link._size // 128) and link.pending_bytes() == 0


@pytest.mark.parametrize("length", [1, 8, HEADER_BYTES - 8, HEADER_BYTES + 1, HEADER_BYTES + 4, PAGE + 8, 1 << 30])
def test_a_length_that_no_record_has_ends_the_record(length: int, other: Other) -> None:
    link = other.link
    other.finished(1)
    ring_format.LENGTH.pack_into(link._view, RING_AT + RECORD + ring_format.LENGTH_OFFSET, length)
    assert link.pending_bytes() >= RECORD
    first, note = link.drain()
    assert first == (1, TAIL) and note.note == link.broken  # type: ignore[comparison-overlap]
    assert link.broken is not None and f"a record of {length} bytes" in link.broken and link.mode is Mode.FREE


def test_a_place_that_is_not_ours_ends_it_too(other: Other) -> None:
    other.finished(1)
    other.link._words[ring_format.TAIL] = 8
    (note,) = other.link.drain()
    assert note.note is not None and "its place in the ring is not ours" in note.note
    assert other.link.pending_bytes() == 0 and other.link._token.acquire(False), "it is let go"


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize(
    ("error", "says"),
    [(None, None), (MemoryError(), link_module._NO_MEMORY), (ValueError("odd"), "(odd)"), (KeyError(), "(KeyError)")],
)
def test_whatever_decoding_meets_the_collector_is_as_it_was(
    error: Exception | None, says: str | None, on: bool, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = gc.isenabled()

    def event(header: Any, tail: bytes) -> None:
        assert not gc.isenabled()
        if error is not None:
            raise error

    monkeypatch.setattr(other.link._decoder, "event", event)
    other.finished(1)
    (gc.enable if on else gc.disable)()
    try:
        told = other.link.drain()
        assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()
    assert (told == []) is (error is None) and (says or "") in (other.link.broken or "")
    if says is link_module._NO_MEMORY:
        assert other.link.broken == says
