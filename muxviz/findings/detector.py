"""The rules, as a fold beside the state: one event at a time, and nothing is ever looked at again.

Theory of operation
-------------------
A report of an edge (or a ONESHOT report) is an obligation: nothing will be said of those bytes again. A read that
proves the queue empty meets it; MOD asks anew; a close ends it. What is still owed when the lane has gone to sleep is a
finding. Calls alone prove that an obligation is open, and not that something lies there: a look at the queue makes it
certain.

*Parked* is: a wait on that epoll has begun and sleeps (in the lab and under `run` such an event is written only when
the kernel says that it does), or, by the clock where nobody held the program, 20 ms have passed since the fd's last
report or call and a wait was made since; a second for `disarmed`, as another thread may be at work.

Life of a suspicion: a read without a new report cancels it (a reader that does not wait to be told; later ones of that
process are information); where only a new edge resumed it, or the fd was closed unread, it was likely.

State is kept by (epoll, user data), for one life of an fd. What a child or a sister process shares is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from muxviz.events import WAITS, Event, Header, split
from muxviz.findings import spins
from muxviz.findings.kept import Kept
from muxviz.findings.owed import amount_of, is_seen, owed_rule, proof_of
from muxviz.findings.shapes import Finding, How, Rule, Sure, Turn
from muxviz.findings.watch import Lane, Pending, Read, Watch
from muxviz.state import LaneState, State

PARKED_NS: Final = 20_000_000
DISARMED_NS: Final = 1_000_000_000
BLOCKED_NS: Final = 10_000_000
_READS: Final = frozenset({"recv", "recvfrom", "recvmsg", "recvmmsg", "read", "readv", "splice"})
_WRITES: Final = frozenset({"send", "sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile"})
_BLOCKING: Final = _READS | _WRITES | {"accept", "connect"}
_NO_ROOM: Final = frozenset({"EMFILE", "ENFILE"})
_NOT_NOW: Final = frozenset({"EAGAIN", "EINPROGRESS", "EINTR", "timeout"})
_TO_READ: Final = frozenset({"IN", "RDHUP", "HUP"})


class Detector:
    """Events in, findings out, into `kept`."""

    def __init__(self, header: Header, kept: Kept) -> None:
        self.kept = kept
        self._settled = header.source.get("kind") != "trace"
        """A wait that has begun is known to sleep; from strace it is the begin of a line and no more."""
        self._lanes: dict[str, Lane] = {}
        self._n = -1

    def take(self, event: Event, state: State) -> None:
        """The next event, and the state after it."""
        if event.lane is None or event.role == "client":
            return
        self._n = event.n
        now = state.lanes.get(event.lane)
        if now is None or (event.call is None and event.exit is None and not event.queues):
            return
        lane = self._lanes.get(event.lane)
        if lane is None:
            lane = self._lanes[event.lane] = Lane(event.lane)
        if event.exit is not None:
            self._exit(lane, event)
            return
        if event.call is None:
            self._look(lane, event, now)
        elif event.phase is not None:
            self._begun(lane, event, now)
        else:
            if lane.blocked is not None:
                self.close(lane.blocked, event.n, "returned")
                lane.blocked = None
            handler = _CALLS.get(event.call)
            if handler is not None:
                handler(self, lane, event, now)
            if event.call not in WAITS:
                self._touched(lane, event)
                if event.took is not None and event.took >= BLOCKED_NS and event.step is None:
                    self._took_long(lane, event, now)

    # --- opening and closing -----------------------------------------------------------------------------------------

    def _open(
        self, lane: Lane, now: LaneState, rule: Rule, fd: int, evidence: tuple[int, ...], sure: Sure = "certain",
        amount: int | None = None, flags: str = "", other: int | None = None, client: str | None = None,
    ) -> Finding:  # fmt: skip
        known = now.fds.get(fd)
        finding = Finding(
            rule, lane.name, fd, client or (known.client if known is not None else None), evidence,
            (Turn(evidence[-1], sure, amount),), flags, other,
        )  # fmt: skip
        self.kept.add(finding)
        return finding

    def close(self, finding: Finding, n: int, how: How) -> None:
        """It is over. Where only a new edge or a close ended what was possible, it was likely."""
        newest = finding.turns[-1]
        if how in ("edge", "closed", "ended") and newest.sure == "possible" and finding.other is None:
            finding.turns = (*finding.turns, Turn(n, "likely", newest.amount))
        self.kept.close(finding, n, how)

    def _resolve(self, watch: Watch, n: int, how: How) -> None:
        if watch.finding is not None:
            self.close(watch.finding, n, how)
            watch.finding = None

    # --- waits -------------------------------------------------------------------------------------------------------

    def _begun(self, lane: Lane, event: Event, now: LaneState) -> None:
        """A call has begun and not returned: a wait that sleeps, or one that blocks the loop."""
        if event.call not in WAITS:
            fd = now.fds.get(event.fd) if event.fd is not None else None
            if self._settled and event.call in _BLOCKING and fd is not None and fd.interest and lane.blocked is None:
                lane.blocked = self._open(lane, now, "blocking-io", fd.fd, (event.n,), flags=event.call or "")
            return
        lane.began = event.n
        if event.args.get("timeout") == 0:
            return
        if not self._settled:
            self._by_the_clock(lane, event, now)
            return
        if event.call == "epoll_wait" and (lane.unread or lane.disarmed):
            for pending in (lane.unread, lane.disarmed):
                for watch in [watch for watch in pending.values() if watch.epfd == event.fd]:
                    self._park(lane, pending, watch, event, now)

    def _by_the_clock(self, lane: Lane, event: Event, now: LaneState) -> None:
        """Park what has been waited over for long enough."""
        for pending, long in ((lane.unread, PARKED_NS), (lane.disarmed, DISARMED_NS)):
            for watch in list(pending.values()) if pending else ():
                if event.t - watch.last_t < long:
                    break
                if watch.epfd == event.fd:
                    self._park(lane, pending, watch, event, now)

    def _wait(self, lane: Lane, event: Event, now: LaneState) -> None:
        slept, lane.began = lane.began, None
        began = slept if slept is not None else event.n
        ready = event.ready or []
        if event.step is None and event.args.get("timeout") != 0 and event.call == "epoll_wait":
            self._by_the_clock(lane, event, now)
        if ready and event.args.get("maxevents") == len(ready):
            self.kept.count("saturated", lane.name, event.n)
        lane.fresh.clear()
        levels = []
        data = event.args.get("data")  # user data of each, where it is not the fd's number
        keys = data if isinstance(data, list) and len(data) == len(ready) else [number for number, _ in ready]
        for key, (number, flags) in zip(keys, ready, strict=True):
            watch = lane.watches.get((event.fd, key)) if event.fd is not None else None
            if watch is None:
                levels.append((number, flags))
                if "IN" in split(flags) or flags == "R":
                    lane.fresh.add(number)
                continue
            names = frozenset(split(flags))
            if "IN" in names:
                lane.fresh.add(watch.fd)
            if watch.closed is not None:
                if watch.closed < began:
                    self._ghost(lane, watch, event, now, flags)
                continue
            if watch.edge or watch.oneshot:
                self._reported(lane, watch, event, names)
            if not watch.edge:
                levels.append((watch.fd, flags))
        short = slept is None if event.step is not None else (event.took or 0) < spins.SHORT_NS

        def opened(rule: Rule, fd: int, evidence: tuple[int, ...], flags: str) -> Finding:
            return self._open(lane, now, rule, fd, evidence, flags=flags)

        spins.waited(lane, event, levels, short, opened, self.close)

    def _reported(self, lane: Lane, watch: Watch, event: Event, names: frozenset[str]) -> None:
        self._resolve(watch, event.n, "edge")
        watch.last_t = event.t
        if watch.oneshot:
            watch.armed = False
            lane.owes(lane.disarmed, watch)
        if names & _TO_READ:
            watch.reported, watch.report_n, watch.read = names, event.n, Read.NONE
            lane.owes(lane.unread, watch)

    def _ghost(self, lane: Lane, watch: Watch, event: Event, now: LaneState, flags: str) -> None:
        key = (watch.epfd, watch.key)
        if key not in lane.ghosts:
            dup = lane.dups.get(watch.fd)
            lane.ghosts[key] = self._open(
                lane, now, "ghost-fd", watch.fd, (watch.closed or 0, event.n), flags=flags,
                other=dup if dup in now.fds else None, client=watch.client,
            )  # fmt: skip

    # --- parking -----------------------------------------------------------------------------------------------------

    def _park(self, lane: Lane, pending: Pending, watch: Watch, event: Event, now: LaneState) -> None:
        """The program has gone to sleep on an obligation, or has left it lying for long."""
        pending.pop((watch.epfd, watch.key), None)
        if watch.finding is not None or watch.fd in lane.shared or watch.epfd in lane.shared:
            return
        fd = now.fds.get(watch.fd)
        rule = owed_rule(watch, fd)
        if rule is None or fd is None or (rule == "disarmed") != (pending is lane.disarmed):
            return
        seen = is_seen(watch, fd)
        sure: Sure = "information" if lane.speculative else "certain" if seen else "possible"
        other = None
        if rule == "ignored-edge" and lane.full:
            sure, other = "possible" if sure != "information" else sure, next(iter(lane.full))
        told = (watch.report_n, watch.read_n) if watch.read_n > watch.report_n else (watch.report_n,)
        watch.finding = self._open(
            lane, now, rule, watch.fd, (*(n for n in told if 0 <= n < event.n), event.n), sure, amount_of(watch, fd),
            "|".join(sorted(watch.reported)), other, watch.client,
        )  # fmt: skip

    def _look(self, lane: Lane, event: Event, now: LaneState) -> None:
        """Seen from outside, while it slept: what has come makes an edge of its own, and what lies there proves a
        suspicion that the calls left open."""
        for number, queues in event.looked_at():
            fd = now.fds.get(number)
            for watch in lane.of(number):
                if queues.accepts is not None:
                    watch.accepts = queues.accepts
                finding = watch.finding
                if finding is None or fd is None:
                    continue
                amount, newest = amount_of(watch, fd), finding.turns[-1]
                proved = False
                if finding.rule == "disarmed":
                    proved = is_seen(watch, fd)
                elif self._settled:
                    if amount is not None and amount > (newest.amount or 0):
                        self._resolve(watch, event.n, "edge")
                elif amount == 0:
                    self._resolve(watch, event.n, "empty")
                else:
                    proved = bool(amount) and finding.other is None
                if proved and newest.sure == "possible":
                    finding.turns = (*finding.turns, Turn(event.n, "certain", amount))

    # --- calls -------------------------------------------------------------------------------------------------------

    def _touched(self, lane: Lane, event: Event) -> None:
        """A call on an fd ends its streak."""
        fd = event.args.get("fd") if event.call == "epoll_ctl" else event.fd
        if isinstance(fd, int) and lane.streaks:
            spins.touched(lane, fd, event.n, "call", self.close)

    def _took_long(self, lane: Lane, event: Event, now: LaneState) -> None:
        fd = now.fds.get(event.fd) if event.fd is not None else None
        if event.call in _BLOCKING and event.error not in _NOT_NOW and fd is not None and fd.interest:
            lane.blocked = self._open(
                lane, now, "blocking-io", fd.fd, (event.n,), amount=event.took, flags=event.call or ""
            )

    def _control(self, lane: Lane, event: Event, now: LaneState) -> None:
        number, op = event.args.get("fd"), event.args.get("op")
        if event.ret != 0 or not isinstance(number, int) or event.fd is None:
            return
        data = event.args.get("data", number)
        key = data if isinstance(data, int) else number
        known = next((watch for watch in lane.of(number) if watch.epfd == event.fd), None)
        if known is not None:
            self._resolve(known, event.n, "del" if op == "DEL" else "mod")
            lane.forget(known)
            lane.watches.pop((known.epfd, known.key), None)
            lane.by_fd[number].remove(known)
        if op == "DEL":
            return
        fd = now.fds.get(number)
        watch = known or Watch(event.fd, key, number, fd.client if fd is not None else None, frozenset())
        watch.key = key
        watch.arm(str(event.args.get("events", "")))
        if event.fd not in lane.epolls or (fd is not None and fd.kind == "listener" and number not in lane.made):
            lane.shared.add(event.fd if event.fd not in lane.epolls else number)
        lane.add(watch)
        ghost = lane.ghosts.pop((event.fd, key), None)
        if ghost is not None:
            self.close(ghost, event.n, "mod")

    def _read(self, lane: Lane, event: Event, now: LaneState) -> None:
        number = event.fd
        if number is None:
            return
        fresh = number in lane.fresh
        lane.fresh.discard(number)
        if event.error == "EAGAIN" and fresh:
            self.kept.count("wasted", lane.name, event.n)
        peek = "PEEK" in str(event.args.get("flags", ""))
        for watch in lane.of(number):
            watch.last_t = event.t
            if peek or event.error == "EINTR":
                continue
            if watch.finding is not None:
                lane.speculative = lane.speculative or watch.finding.rule != "disarmed"
                self._resolve(watch, event.n, "cancelled")
            watch.read, watch.read_n = proof_of(lane, watch, event, now), event.n
            if watch.read is not Read.DRAINED:
                lane.owes(lane.unread, watch)
            else:
                lane.unread.pop((watch.epfd, watch.key), None)

    def _accept(self, lane: Lane, event: Event, now: LaneState) -> None:
        number = event.fd
        if number is None:
            return
        fresh = number in lane.fresh
        lane.fresh.discard(number)
        if event.error in _NO_ROOM:
            failed = lane.failing.setdefault(number, [])
            failed.append(event.n)
            if len(failed) == 2:
                lane.exhausted[number] = self._open(
                    lane, now, "accept-exhausted", number, tuple(failed), flags=event.error or ""
                )
            del failed[2:]
            return
        if event.error == "EAGAIN" and fresh:
            self.kept.count("wasted", lane.name, event.n)
        if number not in lane.made:
            lane.shared.add(number)
        if event.error is None:
            lane.failing.pop(number, None)
            if (failing := lane.exhausted.pop(number, None)) is not None:
                self.close(failing, event.n, "accepted")
            if event.ret is not None:
                self._made(lane, event.ret, stream=number in lane.streams, unix=number in lane.unix)
        for watch in lane.of(number):
            watch.last_t, watch.read_n = event.t, event.n
            looked = event.queues.get(str(number))
            if looked is not None and looked.accepts is not None:
                watch.accepts = looked.accepts
            elif event.error is None and watch.accepts:
                watch.accepts -= 1
            if event.error is None and watch.finding is not None:
                lane.speculative = True
                self._resolve(watch, event.n, "cancelled")
            empty = event.error == "EAGAIN" or (looked is not None and looked.accepts == 0)
            watch.read = Read.DRAINED if empty else Read.OPEN
            if empty:
                lane.unread.pop((watch.epfd, watch.key), None)
            else:
                lane.owes(lane.unread, watch)

    def _write(self, lane: Lane, event: Event, now: LaneState) -> None:
        if event.fd is None:
            return
        size = event.args.get("size")
        if event.error == "EAGAIN" or (isinstance(size, int) and 0 <= (event.ret or 0) < size and not event.error):
            lane.full[event.fd] = None
        elif event.fd in lane.full:
            del lane.full[event.fd]

    # --- fds come and go ---------------------------------------------------------------------------------------------

    def _made(self, lane: Lane, number: int, *, stream: bool = False, unix: bool = False) -> None:
        """A new fd has this number: what was known of it is of another one, which we did not see closed."""
        for watch in lane.by_fd.pop(number, ()):
            self._resolve(watch, self._n, "closed")
            lane.forget(watch)
            lane.watches.pop((watch.epfd, watch.key), None)
        lane.made.add(number)
        for of in (lane.shared, lane.epolls, lane.streams, lane.unix):
            of.discard(number)
        for of, belongs in ((lane.streams, stream), (lane.unix, unix)):
            if belongs:
                of.add(number)

    def _socket(self, lane: Lane, event: Event, now: LaneState) -> None:
        pair = event.args.get("fds")
        for number in pair if isinstance(pair, list) else [event.ret]:
            if isinstance(number, int) and number >= 0:
                stream, unix = event.args.get("type") == "SOCK_STREAM", event.args.get("family") == "AF_UNIX"
                self._made(lane, number, stream=stream, unix=unix)

    def _epoll(self, lane: Lane, event: Event, now: LaneState) -> None:
        if event.ret is not None and event.ret >= 0:
            self._made(lane, event.ret)
            lane.epolls.add(event.ret)

    def _dup(self, lane: Lane, event: Event, now: LaneState) -> None:
        if event.ret is not None and event.ret >= 0 and event.fd is not None and event.ret != event.fd:
            made = event.fd in lane.made
            self._made(lane, event.ret, stream=event.fd in lane.streams, unix=event.fd in lane.unix)
            lane.dups[event.fd] = event.ret
            if not made:
                lane.made.discard(event.ret)

    def _fork(self, lane: Lane, event: Event, now: LaneState) -> None:
        if event.ret is not None and event.ret > 0:
            lane.shared.update(now.fds)

    def _close(self, lane: Lane, event: Event, now: LaneState) -> None:
        number = event.fd
        if number is None or event.ret != 0:
            return
        for watch in lane.by_fd.pop(number, ()):
            self._resolve(watch, event.n, "closed")
            lane.bury(watch, event.n)
        for (epfd, key), ghost in list(lane.ghosts.items()):
            if number in (epfd, ghost.other):
                self.close(lane.ghosts.pop((epfd, key)), event.n, "closed")
        if (failing := lane.exhausted.pop(number, None)) is not None:
            self.close(failing, event.n, "closed")
        lane.failing.pop(number, None)
        lane.full.pop(number, None)
        for of in (lane.made, lane.streams, lane.unix, lane.epolls, lane.shared, lane.fresh):
            of.discard(number)

    def _exit(self, lane: Lane, event: Event) -> None:
        """The program has ended; an end that muxviz brought about leaves what was found standing."""
        if event.exit is not None and event.exit.by == "muxviz":
            return
        owed = [watch.finding for watch in lane.watches.values() if watch.finding is not None]
        blocked = [lane.blocked] if lane.blocked is not None else []
        for finding in (*owed, *lane.spins.values(), *lane.ghosts.values(), *lane.exhausted.values(), *blocked):
            self.close(finding, event.n, "ended")
        del self._lanes[lane.name]


_Handler = Callable[[Detector, Lane, Event, LaneState], None]
_CALLS: Final[dict[str, _Handler]] = {
    **dict.fromkeys(WAITS, Detector._wait),
    **dict.fromkeys(_READS, Detector._read),
    **dict.fromkeys(_WRITES, Detector._write),
    "accept": Detector._accept,
    "epoll_ctl": Detector._control,
    "epoll_create": Detector._epoll,
    "socket": Detector._socket,
    "socketpair": Detector._socket,
    "dup": Detector._dup,
    "fork": Detector._fork,
    "close": Detector._close,
}
