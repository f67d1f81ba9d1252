"""Whatever calls come, in whatever order, from whatever threads and processes: nothing is refused, and a close is an
end."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from muxviz.events import FORMAT, Event, Exit, Header, Queues, Source
from muxviz.findings import SPINS, Finding
from muxviz.trace import Trace

MS = 1_000_000
OWED = {"stranded-data", "stranded-connection", "ignored-edge", "unread-eof", "disarmed", *SPINS}
"""Rules about an fd that is open."""

fds = st.sampled_from([5, 5, 6, 6, 3, 7, 8])
epolls = st.sampled_from([4, 4, 4, 9])
flags = st.sampled_from(["IN", "OUT", "IN|OUT", "IN|RDHUP", "IN|HUP", "ERR|HUP", ""])
asked = st.sampled_from(["IN|ET", "IN|OUT", "IN|ONESHOT", "IN|OUT|RDHUP|ET", ""])
errors = st.sampled_from([None, None, None, "EAGAIN", "EINTR", "EMFILE", "ECONNRESET", "EBADF"])
sizes = st.sampled_from([0, 1, 4, 8, 64])
data = st.sampled_from([5, 94127704662848])
some = st.lists(fds, max_size=3)
pairs = st.lists(fds, min_size=2, max_size=2)
timeouts = st.sampled_from([-1, 0, 30])


def call(name: str, ret: Any = 0, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A call; of its `args` any may be missing."""
    args = st.fixed_dictionaries({}, optional=fields.pop("args", {}))
    ret = ret if isinstance(ret, st.SearchStrategy) else st.just(ret)
    return st.fixed_dictionaries({"call": st.just(name), "ret": ret, "args": args, **fields})


def moved(name: str) -> st.SearchStrategy[dict[str, Any]]:
    args = {"size": sizes, "flags": st.sampled_from(["MSG_PEEK", "MSG_DONTWAIT"]), "messages": sizes, "to": fds}
    return call(name, sizes, fd=fds, error=errors, args=args)


makers = [
    call("socket", fds, args={"type": st.sampled_from(["SOCK_STREAM", "SOCK_DGRAM"]), "family": st.just("AF_UNIX")}),
    call("socketpair", args={"fds": pairs}),
    call("pipe", args={"fds": pairs}),
    call("eventfd", fds, args={"flags": st.just("EFD_SEMAPHORE")}),
    call("timerfd_create", fds),
    call("epoll_create", epolls),
    call("accept", fds, fd=st.just(3), error=errors, args={"peer": st.just(["127.0.0.1", 4])}),
    call("dup", fds, fd=fds),
    call("fork", st.sampled_from([20, 30])),
]
enders = [
    call("close", fd=fds, error=st.sampled_from([None, None, "EIO", "EBADF"]), args={"former": st.just(True)}),
    call("close", fd=epolls),
    call("close_range", args={"first": fds, "last": fds, "closed": some}),
    call("execve", args={"closed": some}),
]
control = {"op": st.sampled_from(["ADD", "MOD", "DEL"]), "fd": fds, "events": asked, "data": data}
waited = {"timeout": timeouts, "maxevents": st.just(2), "data": some}
waits = [
    call("epoll_ctl", st.sampled_from([0, 0, -1]), fd=epolls, args=control),
    call("epoll_wait", 1, fd=epolls, ready=st.lists(st.tuples(fds, flags), max_size=3), args=waited),
    call("epoll_wait", None, fd=epolls, phase=st.just("enter"), args={"timeout": timeouts}),
    call("poll", 1, ready=st.lists(st.tuples(fds, flags), max_size=3)),
]
rest = [
    call("recv", None, fd=fds, phase=st.just("enter")),
    call("listen", fd=fds),
    call("fcntl", fd=fds, args={"command": st.just("F_SETFL"), "value": st.just("O_NONBLOCK")}),
    call("connect", -1, fd=fds, error=errors),
]
transfers = [
    moved(name)
    for name in ("read", "recv", "recvmsg", "recvmmsg", "readv", "splice", "write", "send", "writev", "sendfile")
]
looks = st.fixed_dictionaries(
    {
        "look": st.just("outside"),
        "queues": st.dictionaries(fds.map(str), st.builds(Queues, recv=sizes, accepts=sizes), max_size=2),
        "args": st.fixed_dictionaries(
            {},
            optional={
                "seen": st.dictionaries(fds.map(str), st.sampled_from(["socket", "epoll", "eventfd", "listener"])),
                "watches": st.dictionaries(epolls.map(str), st.lists(st.tuples(fds, asked, fds).map(list), max_size=2)),
            },
        ),
    }
)
others = [
    looks,
    st.fixed_dictionaries({"exit": st.sampled_from([Exit(status=0), Exit(signal="SIGKILL", by="muxviz")])}),
    st.just({"note": "quiet"}),
]
moments = st.sampled_from([MS // 100, MS // 100, MS, 6 * MS, 25 * MS, 1100 * MS])
who = st.sampled_from([("a", 10, None)] * 4 + [("a", 10, 11), ("a/ep4", 10, None), ("a:20", 20, None), ("b", 30, None)])
tooks = st.sampled_from([1000, 1000, None, 12 * MS])
step = st.tuples(
    st.one_of(st.one_of(transfers), st.one_of(enders), st.one_of(waits), st.one_of(makers), st.one_of(rest + others)),
    moments,
    who,
    tooks,
)


def at(after: int, name: str, **fields: Any) -> tuple[dict[str, Any], int, tuple[str, int, None], int]:
    return {"call": name, **fields}, after, ("a", 10, None), 1000


def watched(fd: int, events: str) -> list[Any]:
    """A connection that is registered."""
    made = at(1, "accept", fd=3, ret=fd, args={"peer": ["127.0.0.1", fd]})
    return [made, at(1, "epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": fd, "events": events})]


def told(fd: int, events: str, *calls: Any, times: int = 1) -> list[Any]:
    """A wait that reports it, and what the program does then."""
    return [at(1, "epoll_wait", fd=4, ret=1, ready=[(fd, events)], args={"timeout": -1})] * times + list(calls)


late = [at(25 * MS, "epoll_wait", fd=4, ret=0, ready=[], args={"timeout": 30})]
number = st.sampled_from([5, 6])
scenes = st.one_of(
    st.builds(watched, number, asked),
    st.builds(lambda fd: told(fd, "IN", at(1, "recv", fd=fd, ret=4, args={"size": 4})) + late, number),
    st.builds(lambda fd, events: told(fd, events) + late, number, flags),
    st.builds(lambda fd, events: told(fd, events, times=5), number, flags),
    st.builds(lambda fd: [at(1, "dup", fd=fd, ret=8), at(1, "close", fd=fd, ret=0), *told(fd, "IN")], number),
    st.just([at(1, "accept", fd=3, ret=-1, error="EMFILE")] * 2),
)
begin = [
    at(1, "socket", ret=3, args={"type": "SOCK_STREAM"}),
    at(1, "listen", fd=3, ret=0),
    at(1, "epoll_create", ret=4),
]
kinds = st.sampled_from([Source(kind="trace"), Source(kind="trace", attached=10), Source(kind="run")])
story = st.lists(st.one_of(scenes, st.lists(step, max_size=2)), max_size=24).map(
    lambda parts: [*begin, *watched(5, "IN|ET"), *watched(6, "IN|OUT"), *(one for part in parts for one in part)]
)


def closed(event: Event) -> set[int]:
    """The numbers that are free after an event."""
    if event.call == "close" and event.error != "EBADF" and not event.args.get("former"):
        return {event.fd} if event.fd is not None else set()
    return set(event.args.get("closed", ())) if event.call in ("close_range", "execve") and event.ret == 0 else set()


def of_process(finding: Finding, event: Event, names: dict[str, int]) -> bool:
    return names.get(finding.lane) == event.pid


@settings(max_examples=400)
@given(source=kinds, story=story)
def test_nothing_is_refused_and_a_close_is_an_end(source: Source, story: list[Any]) -> None:
    trace = Trace(Header(FORMAT, "6", "x86_64", "3", source, []))
    t, names = 0, dict[str, int]()
    for fields, after, (lane, pid, tid), took in story:
        t += after
        names[lane] = pid
        returned = "call" in fields and "phase" not in fields
        more = {"took": took if returned else None} | ({"ret": -1} if fields.get("error") else {})
        event = Event(n=-1, t=t, lane=lane, role="server", pid=pid, tid=tid, **(fields | more))
        trace.append(event)
        gone = closed(event)
        still = trace.findings_at(event.n)
        of_these = [one for one in still if one.rule in OWED and one.fd in gone]
        if source.is_trace:
            assert not [one for one in of_these if of_process(one, event, names)], event
        else:
            assert not [one for one in of_these if one.lane == lane], event
    n = len(trace) - 1
    for one in trace.findings.until(n):
        assert one.turns[0].n == one.opened <= n and max(one.evidence) <= one.opened
        assert [turn.n for turn in one.turns] == sorted(turn.n for turn in one.turns)
        assert one.closed is None or one.closed >= one.opened
    trace.close()
