"""The ring loses nothing, in order: at its end, when it is full, with threads, signals and records of any size."""

from __future__ import annotations

import itertools
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muxviz.events import Event
from muxviz.probe import ring_format
from muxviz.probe.ring import Ring
from muxviz.probe.shared import Shared
from muxviz.sources.ring.lane_reader import Bell, Link, Mode

RING = 4096


class Both:
    """Both ends of one ring, in one process."""

    def __init__(self, directory: Path) -> None:
        self.bell = Bell()
        self.link = Link.create(
            "lane", directory, self.bell, mode=Mode.RECORD, ring_bytes=RING, epoch_ns=1
        )  # no time is 0
        self.shared = Shared(str(self.link._path))
        self.ring = Ring(self.shared, lambda: None)

    def close(self) -> None:
        self.link.close()
        self.bell.close()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    made = Both(tmp_path)
    yield made
    made.close()


def sizes(events: list[Event]) -> list[tuple[int | None, int]]:
    return [(event.ret, len(event.note or "") if event.call is None else 0) for event in events]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moves=st.lists(st.one_of(st.none(), st.integers(0, 3000)), max_size=60))
def test_any_sequence_of_writes_and_reads(moves: list[int | None], tmp_path: Path) -> None:
    """A number writes a note of that length (0: a plain call), None reads everything."""
    both = Both(tmp_path)
    expected: list[tuple[int | None, int]] = []
    found: list[tuple[int | None, int]] = []
    room = 0
    try:
        for n, move in enumerate(moves):
            cost = 0 if move is None else 8 * 64 + 2 * move
            if move is None or room + cost > RING // 2:
                found += sizes(both.link.drain())
                room = 0
            if move == 0:
                both.ring.put(ring_format.SEND, 0, n + 1, 1, n, 3, 0, n)
                expected.append((n, 0))
            elif move is not None:
                both.ring.put_tail(ring_format.NOTE, 0, 0, n + 1, 0, 0, -1, 0, 0, "x" * move)
                expected.append((None, move))
            room += cost
        found += sizes(both.link.drain())
        assert found == expected
        assert both.link.pending_bytes() == 0
        assert both.link.full_waits == 0
    finally:
        both.close()


def test_a_full_ring_waits(both: Both) -> None:
    total = 3000
    writer = threading.Thread(
        target=lambda: [both.ring.put(ring_format.SEND, 0, n + 1, 1, n, 3, 0, 1) for n in range(total)]
    )
    writer.start()
    while not both.link.full_waits:
        both.bell.wait(0.001)
    assert both.link.pending_bytes() > RING - 2 * ring_format.HEADER_BYTES
    found: list[Event] = []
    while writer.is_alive() or both.link.pending_bytes():
        found += both.link.drain(7)
    writer.join()
    assert [event.ret for event in found] == list(range(total))


def test_a_lane_set_free_does_not_wait_for_a_reader(both: Both) -> None:
    writer = threading.Thread(
        target=lambda: [both.ring.put(ring_format.SEND, 0, 1, 1, n, 3, 0, 1) for n in range(1000)]
    )
    writer.start()
    while not both.link.full_waits:
        both.bell.wait(0.001)
    both.link.mode = Mode.FREE
    writer.join(10)
    assert not writer.is_alive()


def test_threads_do_not_overlap(both: Both) -> None:
    each, threads = 800, 4

    def write(number: int) -> None:
        for n in range(each):
            if n % 3:
                both.ring.put(ring_format.SEND, 0, 1, 1, n, number, 0, 1)
            else:
                both.ring.put_tail(ring_format.SEND, 0, 0, 1, 1, n, number, 0, 1, (None, None))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(threads)]
    for writer in writers:
        writer.start()
    found: list[Event] = []
    while any(writer.is_alive() for writer in writers) or both.link.pending_bytes():
        found += both.link.drain()
    for number in range(threads):
        assert [event.ret for event in found if event.fd == number] == list(range(each))


def test_a_signal_handler_may_write_at_any_moment(both: Both) -> None:
    """A timer's handler writes while the main thread does, at moments that the kernel picks."""
    numbers = {3: itertools.count(), 4: itertools.count()}
    written = {3: 0, 4: 0}

    def write(fd: int) -> None:
        number = next(numbers[fd])
        written[fd] = max(written[fd], number + 1)
        both.ring.put_tail(ring_format.SEND, 0, 0, 1, 1, number, fd, 0, 1, (None, None))

    found: list[Event] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: write(4))
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    try:
        while written[4] < 300:
            for _ in range(10):
                write(3)
            found += both.link.drain()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    found += both.link.drain()
    for fd, count in written.items():  # a handler may be interrupted by itself: its own order is its nesting
        assert sorted(event.ret or 0 for event in found if event.fd == fd) == list(range(count))


def test_numbers_that_no_field_holds(both: Both) -> None:
    both.ring.put(ring_format.SEND, 1 << 20, 1, 1, 1 << 70, 3, 0, 1 << 40)
    both.ring.put_tail(ring_format.SENDFILE, 0, 0, 1, 1, 1 << 40, 3, 0, -(1 << 40), (None, None))
    first, second = both.link.drain()
    assert first.args == {"size": (1 << 31) - 1}
    assert second.ret == 1 << 40


def test_what_marshal_does_not_know(both: Both) -> None:
    both.ring.put_tail(ring_format.NOTE, 0, 0, 1, 0, 0, -1, 0, 0, object())
    assert both.link.drain()[0].note == "object"


def test_a_machine_that_does_not_keep_stores_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring_format, "IN_ORDER", False)
    both = Both(tmp_path)
    both.ring.put(ring_format.SEND, 0, 1, 1, 5, 3, 0, 9)
    both.ring.put_tail(ring_format.NOTE, 0, 0, 1, 0, 0, -1, 0, 0, "note")
    assert sizes(both.link.drain()) == [(5, 0), (None, 4)]
    both.close()


def test_each_thread_s_bytes_belong_to_its_own_next_call(both: Both) -> None:
    """Payload goes before its call's record, and another thread's records may come in between."""
    put = both.ring.put_tail
    hand, back = threading.Event(), threading.Event()

    def other() -> None:
        put(ring_format.CONTENTS, 0, 0, 1, 0, 0, -1, 0, 0, b"of the other")
        back.set()
        hand.wait(30)
        both.ring.put(ring_format.RECV, 0, 3, 1, 12, 4, 0, 99)
        put(ring_format.CONTENTS, 0, 0, 4, 0, 0, -1, 0, 0, b"its second")
        put(ring_format.READ, 0, 0, 5, 1, 10, 4, 0, 99, (None, None))

    thread = threading.Thread(target=other)
    thread.start()
    assert back.wait(30)
    put(ring_format.CONTENTS, 0, 0, 1, 0, 0, -1, 0, 0, b"of the first")
    both.ring.put(ring_format.SEND, 0, 2, 1, 12, 3, 0, 12)
    both.ring.put(ring_format.SEND, 0, 2, 1, 0, 3, 0, 0)
    hand.set()
    thread.join()
    found = [(event.fd, event.data, event.tid is not None) for event in both.link.drain()]
    assert found == [(3, "of the first", False), (3, None, False), (4, "of the other", True), (4, "its second", True)]
