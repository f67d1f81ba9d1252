"""The screen reads a trace while the lab's thread writes it."""

from __future__ import annotations

import sys
import threading
import time

import msgspec

from muxviz.draw import View, draw
from muxviz.trace import Trace
from muxviz.tui.player import Player
from tests.tui.test_player import Still

ROUNDS = 60


def test_a_picture_while_the_trace_grows(partial_read: Trace) -> None:
    grows, stop = Trace(partial_read.header), threading.Event()
    events = [partial_read[n] for n in range(len(partial_read))]
    again = [event for event in events if event.role == "server"]

    def write() -> None:
        for event in events:
            grows.append(msgspec.structs.replace(event, step=None))
        while not stop.is_set():
            for event in again:
                grows.append(msgspec.structs.replace(event, step=None))
            time.sleep(0)

    source = Still()
    source.trace = grows
    player = Player(source)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(ROUNDS):
            player.pulse(0)
            draw(grows, player.n, (80, 24), View(focus="edge"))
            player.back()
            player.lane("edge", 0)
            player.seek("wakeup", 0)
            player.newest()
            grows.next_call(len(grows) - 2, "edge")
    finally:
        stop.set()
        writer.join()
        sys.setswitchinterval(interval)
        grows.close()
