"""The form of a scenario: what the clients do, which programs it is done to, and what to look at.

A scenario is data. A *beat* is one client action, made in every lane: a single call that can wake a server, so that a
run is the same each time. Where several calls must have happened before a server looks, `busy(...)` groups them: the
servers are held before their wait while the clients act, and the screen says so.

Most lessons are about the four echo servers (`FOUR`); one that is about something else brings lanes of its own. A
*fix* is the same programs with other options: what a person would change in the code, offered by one key.

A person's own file has the same form: a module with a `SCENARIO`, run by its path.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Do = Literal["connect", "begin", "finish", "datagram", "send", "urgent", "read", "half_close", "close", "reset"]
"""`begin` is a connect that does not wait and `finish` waits for its end; `datagram` makes a UDP socket; `urgent` sends
with MSG_OOB; the rest are calls of the same name (`half_close` is shutdown(SHUT_WR))."""

GROUPS: Final = ("Start here", "Edge-triggered", "Endings", "Writing", "Limits and cost", "Many workers")


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call of one client."""

    client: str
    do: Do
    payload: bytes = b""
    """What `send` sends."""
    size: int = 0
    """The most that `read` reads; what must have been echoed by then is `expect`."""
    expect: bytes | None = None
    """What `read` has to return, in the lanes that echo everything; None checks nothing."""
    rcvbuf: int = 0
    """`connect`: the client's receive buffer in bytes (SO_RCVBUF, socket(7)); 0 leaves the kernel's."""
    count: int = 1
    """`connect`: how many connections; more than one share the client's name, and stay open and idle."""
    lanes: tuple[str, ...] = ()
    """The lanes that it is made in; none named: every one."""


class Beat(msgspec.Struct, frozen=True, omit_defaults=True):
    """One client action: its words on the screen (24 columns at most, client letter first) and its calls."""

    label: str
    acts: tuple[Act, ...]
    busy: bool = False
    """The servers are held before their wait while the clients act."""
    after: int | None = None
    """It comes after so many steps at the latest, whether the servers have settled or not; None: the scenario's."""
    free: bool = False
    """The servers run free until they have settled: for what would be thousands of steps."""


class Specimen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one lane runs."""

    name: str
    """At most 8 cells."""
    title: str
    """At most 18 cells."""
    program: str
    """A file of `muxviz/servers/`, or a path."""
    options: tuple[str, ...] = ()
    mechanism: str | None = None
    """`select`, `poll`, `level` or `edge`, where the lane stands for one."""


FOUR: Final = (
    Specimen("select", "select", "select_echo.py", mechanism="select"),
    Specimen("poll", "poll", "poll_echo.py", mechanism="poll"),
    Specimen("level", "epoll level", "epoll_echo.py", mechanism="level"),
    Specimen("edge", "epoll edge", "epoll_echo.py", ("--edge",), "edge"),
)
"""The four echo servers, in the order of the screen."""


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """The same programs with something changed."""

    name: str
    """One word: `drain`."""
    words: str
    """What it does, after its name: `read until EAGAIN`; 24 columns at most."""
    options: tuple[str, ...]
    """What every program gets besides its other options."""
    without: tuple[str, ...] = ()
    """Options that every program loses, their values with them where they stand behind."""


DRAIN: Final = Fix("drain", "read until EAGAIN", ("--drain",))


class Scenario(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one lesson consists of."""

    name: str
    title: str
    """The header's words: what the servers are like here."""
    group: str
    summary: str
    """The menu's line, 38 columns at most."""
    story: str
    question: str
    watch: str
    beats: tuple[Beat, ...]
    """The client actions; there may be none, where the programs need no client."""
    server_options: tuple[str, ...] = ()
    """Options that every server of the scenario gets."""
    lanes: tuple[Specimen, ...] = FOUR
    fixes: tuple[Fix, ...] = (DRAIN,)
    """What one key changes, one after another, and back to none."""
    patience: int | None = None
    """How many steps the servers get after a client action before the next comes though they do not rest, and after the
    last before the scenario is over. None: they always come to rest."""
    idle: int | None = None
    """How many steps in a row servers may get nothing done (they spin, or their waits time out) before the next client
    acts though they do not rest. For programs that are not the lab's own: their clients also wait for them to listen.
    None: `patience` says when."""
    timed: bool = False
    """Sleeps with a timeout are waited out: a step lasts until they end."""
    acknowledged: bool = False
    """Each step waits until TCP has acknowledged what was sent, 40 ms at most: where send buffers are full, an ACK that
    comes by its timer makes room, and so a report, at a moment that nobody chose."""
    inherits: bool = False
    """Every program has the same listener as fd 3 and the same epoll as fd 4 (as sd_listen_fds(3) hands them over), and
    the clients connect to that one listener."""
    own_programs: bool = False
    """It is about what its programs do with fds of their own; its clients alone show nothing on another program."""
    follow: str | None = None
    """What the screen follows at first, where it is not the acting client: a client's name, or `fd 7`."""
    side: Literal["IN", "OUT"] = "IN"
    """The wire that the screen shows at first: readable, or writable."""
    shows: tuple[str, ...] = ()
    """The rules whose findings it shows, as it is without a fix."""
    panel: Literal["wire", "cost"] = "wire"
    """What stands under the lanes: the wire, or the curve of what waits cost once there are measurements."""


def next_fix(scenario: Scenario, fix: Fix | None) -> Fix | None:
    """The fix after one: none after the last, the first after none."""
    fixes = (None, *scenario.fixes)
    return fixes[(fixes.index(fix) + 1) % len(fixes)]


def lanes_of(scenario: Scenario, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names of a scenario's lanes: those that are wanted, or all where it has none of them."""
    every = tuple(specimen.name for specimen in scenario.lanes)
    return tuple(name for name in every if name in wanted) or every


def connect(client: str, *, rcvbuf: int = 0, lanes: tuple[str, ...] = ()) -> Beat:
    """`client` connects."""
    return Beat(f"{client} connects", (Act(client, "connect", rcvbuf=rcvbuf, lanes=lanes),))


def begin(client: str, label: str | None = None) -> Beat:
    """`client` begins to connect and does not wait for it."""
    return Beat(label or f"{client} begins to connect", (Act(client, "begin"),))


def finish(client: str, label: str | None = None) -> Beat:
    """`client` waits, a little longer than the second after which TCP sends a lost SYN again, for what it began."""
    return Beat(label or f"{client} waits to connect", (Act(client, "finish"),))


def send(client: str, payload: bytes, label: str | None = None) -> Beat:
    """`client` sends `payload` in one call."""
    return Beat(label or f"{client} sends {len(payload)} bytes", (Act(client, "send", payload),))


def urgent(client: str, payload: bytes, label: str | None = None) -> Beat:
    """`client` sends `payload` with MSG_OOB: its last byte is urgent."""
    return Beat(label or f"{client} sends urgent data", (Act(client, "urgent", payload),))


def read(client: str, size: int, expect: bytes | None = None, label: str | None = None) -> Beat:
    """`client` reads what has come back, `size` bytes at most."""
    return Beat(label or f"{client} reads", (Act(client, "read", size=size, expect=expect),))


def half_close(client: str) -> Beat:
    """`client` will send no more, and still reads: shutdown(SHUT_WR)."""
    return Beat(f"{client} half-closes", (Act(client, "half_close"),))


def close(client: str) -> Beat:
    """`client` closes its socket."""
    return Beat(f"{client} closes", (Act(client, "close"),))


def reset(client: str) -> Beat:
    """`client` aborts: SO_LINGER with 0 seconds, then close, which sends RST."""
    return Beat(f"{client} resets", (Act(client, "reset"),))


def datagram(client: str) -> Beat:
    """`client` makes a UDP socket and connects it, which sends nothing."""
    return Beat(f"{client} makes a socket", (Act(client, "datagram"),))


def together(label: str, *beats: Beat, after: int | None = None) -> Beat:
    """Several actions as one."""
    return Beat(label, tuple(act for beat in beats for act in beat.acts), after=after)


def busy(label: str, *beats: Beat) -> Beat:
    """Several actions as one, while the servers are held before their wait."""
    return msgspec.structs.replace(together(label, *beats), busy=True)
