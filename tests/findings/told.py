"""Small sessions made by hand: the calls of one lane, one after another, in the form in which a trace has them."""

from __future__ import annotations

from typing import Any

from muxviz.events import FORMAT, Event, Exit, Header, LaneInfo, Queues, Source
from muxviz.findings import Finding
from muxviz.trace import Trace

MS = 1_000_000


class Told:
    """A server with a listener (fd 3) and an epoll (fd 4), held in the lab; each method is one event."""

    def __init__(self, kind: str = "lab", *, held: bool = True) -> None:
        self.trace = Trace(Header(FORMAT, "6", "x86_64", "3", Source(kind=kind), [LaneInfo("edge", "edge")]))
        self.held = held
        self.t = 0
        self.call("socket", ret=3, args={"family": "AF_INET", "type": "SOCK_STREAM"})
        self.call("listen", fd=3, ret=0, args={"backlog": 128})
        self.call("epoll_create", ret=4)

    def event(self, after: int = MS // 10, **fields: Any) -> Told:
        self.t += after
        step = len(self.trace) if self.held else None
        self.trace.append(Event(n=-1, t=self.t, step=step, **({"lane": "edge", "role": "server"} | fields)))
        return self

    def call(self, call: str, **fields: Any) -> Told:
        return self.event(call=call, **fields)

    def add(self, fd: int, events: str, op: str = "ADD") -> Told:
        return self.call("epoll_ctl", fd=4, ret=0, args={"op": op, "fd": fd, "events": events})

    def drop(self, fd: int) -> Told:
        return self.call("epoll_ctl", fd=4, ret=0, args={"op": "DEL", "fd": fd})

    def accept(self, ret: int = 5, left: int | None = None, error: str | None = None) -> Told:
        queues = {} if left is None else {"3": Queues(accepts=left)}
        if error is not None:
            return self.call("accept", fd=3, ret=-1, error=error)
        return self.call("accept", fd=3, ret=ret, args={"peer": ["127.0.0.1", 40000 + ret]}, queues=queues)

    def client(self, events: str = "IN|ET", fd: int = 5) -> Told:
        """A connection, registered."""
        return self.accept(fd, left=0).add(fd, events)

    def wait(self, *ready: tuple[int, str], after: int = MS // 10, took: int = 2000, timeout: float = -1,
             maxevents: int = 64, **looks: int) -> Told:  # fmt: skip
        queues = {name[2:]: Queues(recv=value) for name, value in looks.items()}
        args = {"timeout": timeout, "maxevents": maxevents}
        return self.event(after, call="epoll_wait", fd=4, ret=len(ready), ready=list(ready), args=args, took=took,
                          queues=queues)  # fmt: skip

    def sleep(self, timeout: float = -1, after: int = MS // 10) -> Told:
        args = {"timeout": timeout, "maxevents": 64}
        return self.event(after, call="epoll_wait", fd=4, args=args, phase="enter")

    def read(self, ret: int, size: int = 4, left: int | None = None, fd: int = 5, **fields: Any) -> Told:
        queues = {} if left is None else {str(fd): Queues(recv=left)}
        return self.call("recv", fd=fd, ret=ret, args={"size": size, **fields}, queues=queues)

    def again(self, fd: int = 5, call: str = "recv") -> Told:
        return self.call(call, fd=fd, ret=-1, error="EAGAIN", args={"size": 4})

    def tls(self, call: str, ret: int = -1, pending: int | None = None, left: int | None = None, **fields: Any) -> Told:
        """A call of OpenSSL on fd 5, `pending` with what it holds decrypted then."""
        args = {"size": 100} | ({} if pending is None else {"pending": pending})
        queues = {} if left is None else {"5": Queues(recv=left)}
        return self.call(call, fd=5, ret=ret, args=args, queues=queues, **fields)

    def write(self, ret: int, size: int, fd: int = 5) -> Told:
        return self.call("send", fd=fd, ret=ret, args={"size": size})

    def close(self, fd: int = 5) -> Told:
        return self.call("close", fd=fd, ret=0)

    def look(self, fd: int = 5, after: int = MS // 10, **queues: Any) -> Told:
        return self.event(after, role="observer", look="outside", queues={str(fd): Queues(**queues)})

    def end(self) -> Told:
        return self.event(exit=Exit(status=0))

    # --- what was found ----------------------------------------------------------------------------------------------

    @property
    def found(self) -> list[Finding]:
        """Everything that was found."""
        return self.trace.findings.until(len(self.trace))

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Rule and sureness, as known at the end."""
        n = len(self.trace) - 1
        return [(one.rule, one.sure(n)) for one in self.found]

    @property
    def ends(self) -> list[str | None]:
        """How each finding ended."""
        return [one.how for one in self.found]
