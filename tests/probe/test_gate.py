"""What a lane says of the call that it is in is one call's, however many threads make some at once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

from muxviz.probe import ring_format
from muxviz.probe.gate import Gate, _Thread, open_semaphore
from muxviz.probe.shared import Shared
from muxviz.sources.ring.lane_reader import Bell, Link, Mode, Where
from tests.waiting import within

SEEN = 1_000


def _enter_and_leave(names: dict[str, str]) -> None:
    """Fourteen threads that enter calls and leave them, half of them with a tail that depends on the fd."""
    sys.setswitchinterval(1e-6)
    gate = Gate(Shared(names["ring"]), open_semaphore(names["token"]), open_semaphore(names["bell"]), lambda: None)
    gate.start()
    done = threading.Event()

    def loop(fd: int) -> None:
        while not done.is_set():
            if fd % 2:
                gate.enter(ring_format.RECV, ring_format.TIMED, fd, 0, 0, fd, (((0,) * fd, float(fd)), None))
            else:
                gate.enter_wait(ring_format.EPOLL_WAIT, fd, fd, 0, fd, fd)
            gate.leave()

    threads = [threading.Thread(target=loop, args=(fd,)) for fd in range(10, 24)]
    for thread in threads:
        thread.start()
    sys.stdin.read()  # the reader has seen enough
    done.set()
    for thread in threads:
        thread.join()


def test_a_slot_is_never_half_of_one_call_and_half_of_another(tmp_path: Path) -> None:
    bell = Bell()
    link = Link.create("lane", tmp_path, bell, mode=Mode.RECORD, epoch_ns=0)
    seen = 0
    with subprocess.Popen([sys.executable, __file__, json.dumps(link.names)], stdin=subprocess.PIPE) as lane:
        for _ in within("a call is seen often"):
            entered = link.entered()
            if entered is None:
                continue
            fd = entered.fd
            if entered.call == "recv":
                assert entered.args == {"size": fd, "flags": "", "timeout_s": fd}
            else:
                assert (entered.call, entered.args) == ("epoll_wait", {"timeout": fd, "maxevents": fd})
            seen += 1
            if seen == SEEN:
                break
        lane.communicate()
    assert lane.returncode == 0
    link.close()
    bell.close()


class Interrupted:
    """A lock in whose `locked` a signal handler makes a call, which passes the turn on itself."""

    def __init__(self) -> None:
        self._real = threading.Lock()
        self._real.acquire()

    def locked(self) -> bool:
        was = self._real.locked()
        self._real.release()
        return was

    def release(self) -> None:
        self._real.release()


def test_a_signal_handler_may_have_passed_the_turn_on(tmp_path: Path) -> None:
    bell = Bell()
    link = Link.create("lane", tmp_path, bell, mode=Mode.HELD, epoch_ns=0)
    shared = Shared(link.names["ring"])
    gate = Gate(shared, open_semaphore(link.names["token"]), open_semaphore(link.names["bell"]), lambda: None)
    thread = _Thread(0, 0)
    thread.turn = Interrupted()
    thread.stands.append(((ring_format.RECV, 0, 0, 0, 0, 0, 0, 3, 0, 0), b""))
    gate._threads[0] = thread
    gate._publish()
    assert link.where is Where.GATE
    shared.let_go()
    link.close()
    bell.close()


if __name__ == "__main__":
    _enter_and_leave(json.loads(sys.argv[1]))
