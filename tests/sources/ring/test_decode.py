"""Records into events, one by one: what each call was given, what a wait reported, what a look found, and every word
that no probe can have written, at its edge."""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from muxviz import servers
from muxviz.events import LARGEST, Event, Exit, Queues
from muxviz.probe import ring_format as form
from muxviz.probe.ring import dumps
from muxviz.probe.ring_format import HEADER_BYTES
from muxviz.sources.ring import decode
from muxviz.sources.ring.decode import Decoder, Header, ScribbledError, address, loads, queues_of, side_names

EPOCH: Final = 100


def header(
    code: int, *, bits: int = 0, error: int = 0, tid: int = 0, t: int = 1100, took: int = 5, ret: int = 0, fd: int = 3,
    site: int = 0, number: int = 0,
) -> Header:  # fmt: skip
    return code, bits, error, tid, t, took, ret, fd, site, number, HEADER_BYTES


def decoder() -> Decoder:
    made = Decoder("lane", "server", EPOCH)
    assert made.event(header(form.HELLO, number=42), dumps("/srv/app")) is None
    assert made.event(header(form.SITE, number=1), dumps(("/srv/app/main.py", 7, None, 0))) is None
    assert made.event(header(form.SITE, number=2), dumps(("/srv/app/main.py", 8, "/usr/lib/x.py", 9))) is None
    assert made.event(header(form.INTEREST, number=1), dumps([(3, 1), (4, 5)])) is None
    return made


def event(code: int, tail: Any = None, made: Decoder | None = None, **fields: int) -> Event:
    """The event of one record; `tail` None: it has none."""
    bits = fields.pop("bits", 0) | (form.TAILED if tail is not None else 0)
    found = (made or decoder()).event(header(code, bits=bits, **fields), dumps(tail) if tail is not None else b"")
    assert found is not None
    return found


def base(call: str, **fields: Any) -> Event:
    found: dict[str, Any] = {
        "n": -1, "t": 1000, "lane": "lane", "role": "server", "pid": 42, "call": call, "fd": 3, "ret": 0, "took": 5,
    }  # fmt: skip
    return Event(**found | fields)


ARGS: list[tuple[int, int, Any, dict[str, Any]]] = [
    (form.SOCKET, 0, (2, 1, 0), {"family": "AF_INET", "type": "SOCK_STREAM"}),
    (form.SOCKET, 0, (10, 2 | socket.SOCK_CLOEXEC, 17), {"family": "AF_INET6", "type": "SOCK_DGRAM", "proto": 17}),
    (form.SOCKET, 0, (1, 0x1F, 0), {"family": "AF_UNIX", "type": 0x1F}),
    (form.SOCKET, 0, (16, 3, 0), {"family": "AF_NETLINK", "type": "SOCK_RAW"}),
    (form.SOCKET, 0, (999, 9, 0), {"family": 999, "type": 9}),
    (form.SOCKETPAIR, 0, (1, 1, 0, 5, 6), {"family": "AF_UNIX", "type": "SOCK_STREAM", "fds": [5, 6]}),
    (form.BIND, 0, (("127.0.0.1", 80),), {"address": ["127.0.0.1", 80]}),
    (form.BIND, 0, (b"\0name\xff",), {"address": "\0name\xff"}),
    (form.BIND, 0, ("/run/x",), {"address": "/run/x"}),
    (form.BIND, 0, (None,), {}),
    (form.CONNECT, 0, (("::1", 80, 0, 0),), {"address": ["::1", 80, 0, 0]}),
    (form.CONNECT, 0, ((("a", 1), b"b"),), {"address": [["a", 1], "b"]}),
    (form.ACCEPT, 0, (("127.0.0.1", 9),), {"peer": ["127.0.0.1", 9]}),
    (form.ACCEPT, 0, None, {}),
    (form.LISTEN, 5, (("0.0.0.0", 1),), {"backlog": 5, "address": ["0.0.0.0", 1]}),
    (form.LISTEN, 5, None, {"backlog": 5}),
    (form.SHUTDOWN, 0, None, {"how": "RD"}),
    (form.SHUTDOWN, 1, None, {"how": "WR"}),
    (form.SHUTDOWN, 2, None, {"how": "RDWR"}),
    (form.SHUTDOWN, 7, None, {"how": 7}),
    (form.SETSOCKOPT, 0, (1, 2, 1), {"level": "SOL_SOCKET", "option": "SO_REUSEADDR", "value": 1}),
    (form.SETSOCKOPT, 0, (1, 13, struct.pack("ii", 1, 5)),
     {"level": "SOL_SOCKET", "option": "SO_LINGER", "value": [1, 5]}),
    (form.SETSOCKOPT, 0, (1, 13, b"\1\0\0\0"), {"level": "SOL_SOCKET", "option": "SO_LINGER", "value": "01000000"}),
    (form.SETSOCKOPT, 0, (1, 20, bytes(8)), {"level": "SOL_SOCKET", "option": "SO_RCVTIMEO", "value": "00" * 8}),
    (form.SETSOCKOPT, 0, (6, 13, bytes(8)), {"level": "IPPROTO_TCP", "option": "TCP_CONGESTION", "value": "00" * 8}),
    (form.SETSOCKOPT, 0, (0, 2, 3), {"level": "IPPROTO_IP", "option": "IP_TTL", "value": 3}),
    (form.SETSOCKOPT, 0, (41, 26, 1), {"level": "IPPROTO_IPV6", "option": "IPV6_V6ONLY", "value": 1}),
    (form.SETSOCKOPT, 0, (17, 1, None), {"level": "IPPROTO_UDP", "option": 1, "value": None}),
    (form.SETSOCKOPT, 0, (270, 1, 1), {"level": 270, "option": 1, "value": 1}),
    (form.GETSOCKOPT, 0, (1, 4, 111), {"level": "SOL_SOCKET", "option": "SO_ERROR", "value": 111}),
    (form.EPOLL_CTL, 0, (1, 7, 0x80000005), {"op": "ADD", "fd": 7, "events": "IN|OUT|ET"}),
    (form.EPOLL_CTL, 0, (1, 7, -(1 << 31) | 1), {"op": "ADD", "fd": 7, "events": "IN|ET"}),
    (form.EPOLL_CTL, 0, (3, 7, 1), {"op": "MOD", "fd": 7, "events": "IN"}),
    (form.EPOLL_CTL, 0, (2, 7, 1), {"op": "DEL", "fd": 7}),
    (form.DUP, 0, (9,), {"fd2": 9}),
    (form.DUP, 0, None, {}),
    (form.CLOSE, 0, None, {}),
    (form.EPOLL_CREATE, 0, None, {}),
    *((code, 9, None, {"size": 9}) for code in (
        form.RECV, form.RECVFROM, form.RECVMSG, form.SEND, form.SENDTO, form.SENDMSG, form.READ, form.READV,
        form.WRITE, form.WRITEV, form.SENDFILE)),
    (form.RECV, 9, (socket.MSG_PEEK,), {"size": 9, "flags": "MSG_PEEK"}),
    (form.SEND, 9, (socket.MSG_DONTWAIT | socket.MSG_OOB,), {"size": 9, "flags": "MSG_OOB|MSG_DONTWAIT"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "number", "detail", "args"), ARGS)
def test_what_a_call_was_given(code: int, number: int, detail: Any, args: dict[str, Any]) -> None:
    call = form.CALLS[code - form.FIRST_CALL]
    assert event(code, (detail, None), number=number) == base(call, args=args)
    begun = decoder().event(header(code, bits=form.BEGUN | form.TAILED, number=number, took=8), dumps((detail, None)))
    assert begun == base(call, args=args, phase="enter", ret=None, took=None, tid=8)


@pytest.mark.parametrize(
    ("bits", "detail", "args"),
    [
        (form.GC, None, {"gc": True}),
        (form.ALL, None, {"all": True}),
        (form.RANGE, None, {"range": True}),
        (form.BLOCKS, None, {"blocking": True}),
        (form.GC | form.ALL | form.RANGE | form.BLOCKS, None,
         {"gc": True, "all": True, "range": True, "blocking": True}),
        (form.TIMED, (None, 0.5), {"timeout_s": 0.5}),
        (form.TIMED, ((socket.MSG_PEEK,), 2), {"flags": "MSG_PEEK", "timeout_s": 2}),
        (form.TIMED, None, {}),
        (0, None, {}),
    ],
)  # fmt: skip
def test_flags_of_a_record(bits: int, detail: Any, args: dict[str, Any]) -> None:
    assert event(form.RECVMSG, (detail, None), bits=bits, number=4).args == {"size": 4} | args


@pytest.mark.parametrize(
    ("code", "fields", "expected"),
    [
        (form.RECV, {"ret": 4, "number": 4}, {"ret": 4, "args": {"size": 4}}),
        (form.RECV, {"ret": 2, "number": 4, "error": form.DRAINED},
         {"ret": 2, "args": {"size": 4}, "queues": {"3": Queues(recv=0, derived=True)}}),
        (form.RECV, {"ret": 2, "number": 4, "error": form.DRAINED, "tid": 7},
         {"ret": 2, "args": {"size": 4}, "tid": 7, "queues": {"3": Queues(recv=0, derived=True)}}),
        (form.RECV, {"ret": 0, "number": 4, "error": form.DRAINED, "tid": 7},
         {"args": {"size": 4}, "tid": 7, "queues": {"3": Queues(recv=0, derived=True)}}),
        (form.RECV, {"ret": 2, "number": 4, "error": 2, "tid": 7}, {"ret": 2, "args": {"size": 4}, "tid": 7}),
        (form.RECVMSG, {"ret": 2, "number": 4, "error": form.DRAINED}, {"ret": 2, "args": {"size": 4}}),
        (form.SEND, {"ret": 0, "number": 4}, {"args": {"size": 4}}),
        (form.SEND, {"ret": 4, "number": 4, "site": 1}, {"ret": 4, "args": {"size": 4}, "at": ("main.py", 7)}),
        (form.SEND, {"ret": 4, "number": 4, "site": 2},
         {"ret": 4, "args": {"size": 4}, "at": ("main.py", 8), "via": ("/usr/lib/x.py", 9)}),
        (form.SEND, {"ret": 4, "number": 4, "site": 3}, {"ret": 4, "args": {"size": 4}}),
        (form.SEND, {"ret": 4, "number": 4, "bits": form.ALL}, {"ret": 4, "args": {"size": 4, "all": True}}),
        (form.RECV, {"ret": -1, "number": 4, "error": 11}, {"ret": -1, "error": "EAGAIN", "args": {"size": 4}}),
        (form.RECV, {"ret": -1, "number": 4, "error": form.DRAINED},
         {"ret": -1, "error": "EPERM", "args": {"size": 4}}),
        (form.RECV, {"ret": -1, "number": 4, "error": form.TIMED_OUT},
         {"ret": -1, "error": "timeout", "args": {"size": 4}}),
        (form.CLOSE, {"ret": -1, "error": 9999}, {"ret": -1, "error": "9999"}),
        (form.CLOSE, {"error": 9}, {}),
        (form.CLOSE, {"fd": -1}, {"fd": None}),
        (form.CLOSE, {"fd": 0, "site": 2}, {"fd": 0, "at": ("main.py", 8), "via": ("/usr/lib/x.py", 9)}),
        (form.FORK, {"ret": 77, "fd": -1}, {"ret": 77, "fd": None, "note": "child 77 let go: it runs untraced"}),
        (form.FORK, {"ret": 1, "fd": -1}, {"ret": 1, "fd": None, "note": "child 1 let go: it runs untraced"}),
        (form.FORK, {"ret": 0, "fd": -1}, {"fd": None}),
        (form.FORK, {"ret": -1, "error": 11, "fd": -1}, {"ret": -1, "fd": None, "error": "EAGAIN"}),
        (form.GETSOCKOPT, {}, {}),
    ],
)  # fmt: skip
def test_what_a_header_says(code: int, fields: dict[str, int], expected: dict[str, Any]) -> None:
    tail = (None, None) if code == form.CLOSE else None
    if code == form.GETSOCKOPT:  # the last code that there is
        assert event(code, ((1, 4, 0), None)).call == "getsockopt"
    else:
        assert event(code, tail, **fields) == base(form.CALLS[code - form.FIRST_CALL], **expected)


LOOK: Final = (3, 5, 6, 7, 1, 5, 8, 9, 10, 11)
SEEN: Final = Queues(
    recv=5, unsent=6, unacked=7, tcp="ESTABLISHED", level="IN|OUT", accepts=8, backlog=9, queued=10, messages=11
)
NOTHING: Final = (None,) * 9


@pytest.mark.parametrize(
    ("look", "queues"),
    [
        (LOOK, SEEN),
        ((3, *NOTHING), Queues()),
        ((3, *(0,) * 9), Queues(recv=0, unsent=0, unacked=0, level="", accepts=0, backlog=0, queued=0, messages=0)),
        ((*LOOK[:4], 12, *LOOK[5:]), None),
        ((*LOOK, "pipe"), None),
        ((3, *NOTHING, None, (("a", 4), ("b", None), ("c", 0))), Queues(kept={"a": 4, "c": 0})),
        ((3, *NOTHING, "file", (("b", None),)), Queues(file="file", kept={})),
        ((3, LARGEST, *NOTHING[1:]), Queues(recv=LARGEST)),
    ],
)
def test_a_look(look: Any, queues: Queues | None) -> None:
    if queues is None:
        more = {"file": "pipe"} if len(look) > 10 else {"tcp": "NEW_SYN_RECV"}
        queues = Queues(**{name: getattr(SEEN, name) for name in SEEN.__struct_fields__} | more)
    assert queues_of(look) == queues
    assert event(form.CLOSE, (None, (look, (4, *look[1:])))).queues == {"3": queues, "4": queues}


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize("value", [-1, LARGEST + 1, True, 1.0, "1"])
def test_a_look_that_nobody_made(at: int, value: Any) -> None:
    with pytest.raises(ScribbledError, match="a look that found"):
        queues_of((*LOOK[:at], value, *LOOK[at + 1 :]))
    with pytest.raises(ScribbledError, match="a look that found"):
        queues_of((*LOOK, None, (("name", value),)))


def test_tcp_states_by_number() -> None:
    names = [queues_of((3, None, None, None, state, *NOTHING[4:])).tcp for state in range(15)]
    assert names == [
        None, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT",
        "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV", None, None,
    ]  # fmt: skip


WAITS: list[tuple[int, dict[str, int], Any, dict[str, Any]]] = [
    (form.EPOLL_WAIT, {"number": 64, "ret": 2}, (250, [(7, 1), (8, 0x2005)], None),
     {"ret": 2, "args": {"timeout": 250, "maxevents": 64}, "ready": [(7, "IN"), (8, "IN|OUT|RDHUP")]}),
    (form.EPOLL_WAIT, {"number": 64}, (-1, [], None), {"args": {"timeout": -1, "maxevents": 64}, "ready": []}),
    (form.EPOLL_WAIT, {"number": 64, "ret": -1, "error": 4}, (-1, None, None),
     {"ret": -1, "error": "EINTR", "args": {"timeout": -1, "maxevents": 64}}),
    (form.EPOLL_WAIT, {"ret": 1}, (0, [(7, 1)], ((7, 4, *NOTHING[1:]), (9, 5, *NOTHING[1:]))),
     {"ret": 1, "args": {"timeout": 0, "maxevents": 0}, "ready": [(7, "IN")],
      "queues": {"7": Queues(recv=4), "9": Queues(recv=5)}}),
    (form.EPOLL_WAIT, {"ret": 3}, (0, [(7, 1), (8, 1), (9, 4)], [struct.pack("I", 513), (8, 6, *NOTHING[1:]), None]),
     {"ret": 3, "args": {"timeout": 0, "maxevents": 0}, "ready": [(7, "IN"), (8, "IN"), (9, "OUT")],
      "queues": {"7": Queues(recv=513), "8": Queues(recv=6)}}),
    (form.POLL, {"number": 1, "ret": 1, "fd": -1}, (10, [(4, 4)], None),
     {"fd": None, "ret": 1, "args": {"interest": [[3, "IN"], [4, "IN|OUT"]], "timeout": 10}, "ready": [(4, "OUT")]}),
    (form.POLL, {"number": 2, "fd": -1}, (10, [], None), {"fd": None, "args": {"interest": [], "timeout": 10},
     "ready": []}),
    (form.SELECT, {"number": 1, "ret": 1, "fd": -1}, (-1, [(4, 2), (5, 7)], None),
     {"fd": None, "ret": 1, "args": {"interest": [[3, "R"], [4, "R|X"]], "timeout": -1},
      "ready": [(4, "W"), (5, "R|W|X")]}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "fields", "tail", "expected"), WAITS)
def test_waits(code: int, fields: dict[str, int], tail: Any, expected: dict[str, Any]) -> None:
    assert event(code, tail, **fields) == base(form.CALLS[code - form.FIRST_CALL], **expected)


@pytest.mark.parametrize(
    ("code", "ms", "args"),
    [
        (form.EPOLL_WAIT, 5, {"timeout": 5, "maxevents": 1}),
        (form.POLL, -1, {"interest": [[3, "IN"], [4, "IN|OUT"]], "timeout": -1}),
        (form.SELECT, 0, {"interest": [[3, "R"], [4, "R|X"]], "timeout": 0}),
    ],
)
def test_a_wait_that_has_begun(code: int, ms: int, args: dict[str, Any]) -> None:
    """Its `ret` is its timeout; what the program did to its own queues before may stand in the tail."""
    call, begun = form.CALLS[code - form.FIRST_CALL], decoder().begun
    expected = base(call, args=args, phase="enter", ret=None, took=None)
    assert begun(header(code, ret=ms, number=1), b"") == expected
    found = begun(
        header(code, bits=form.TAILED, ret=ms, number=1, tid=9, fd=-1, site=2), dumps((None, ((3, 1, *NOTHING[1:]),)))
    )
    expected.tid, expected.fd, expected.queues = 9, None, {"3": Queues(recv=1)}
    expected.at, expected.via = ("main.py", 8), ("/usr/lib/x.py", 9)
    assert found == expected
    assert begun(header(code, bits=form.TAILED, ret=ms, number=1), dumps((None, None))).queues == {}


@pytest.mark.parametrize(("t", "at"), [(0, 0), (EPOCH - 1, 0), (EPOCH, 0), (EPOCH + 3, 3), (LARGEST, LARGEST - EPOCH)])
def test_what_has_begun_may_be_older_than_the_session(t: int, at: int) -> None:
    found = decoder().begun(header(form.RECV, t=t, number=4, fd=0), b"")
    assert (found.t, found.args, found.fd) == (at, {"size": 4}, 0)


def test_files_of_the_program_of_muxviz_s_own_servers_and_of_others() -> None:
    specimens = str(Path(servers.__file__).parent)
    for name, found in (
        ("/srv/app/main.py", "main.py"), ("/srv/app/../app/a/b.py", "a/b.py"), ("/srv/apple.py", "/srv/apple.py"),
        ("<stdin>", "<stdin>"), (f"{specimens}/echo.py", "echo.py"), ("/usr//lib/x.py", "/usr/lib/x.py"),
    ):  # fmt: skip
        made = decoder()
        made.event(header(form.SITE, number=5), dumps((name, 3, name, 4)))
        at = event(form.CLOSE, (None, None), made, site=5)
        assert (at.at, at.via) == ((found, 3), (found, 4))
    made = Decoder("lane", "client", EPOCH)  # it has not said where it runs
    made.event(header(form.SITE, number=5), dumps(("/x.py", 3, None, 0)))
    at = event(form.CLOSE, (None, None), made, site=5)
    assert (at.at, at.via, at.role, at.pid) == (("/x.py", 3), None, "client", None)
    made.event(header(form.HELLO, number=7), dumps("/"))
    made.event(header(form.SITE, number=6), dumps(("/x.py", 3, None, 0)))
    at = event(form.CLOSE, (None, None), made, site=6)
    assert (at.at, at.pid) == (("x.py", 3), 7)


def test_an_end_and_a_note() -> None:
    ended = Event(n=-1, t=1000, lane="lane", role="server", pid=42)
    assert event(form.EXIT, "Traceback", number=1) == replaced_by(ended, exit=Exit(status=1, traceback="Traceback"))
    assert event(form.NOTE, "words") == replaced_by(ended, note="words")
    assert event(form.NOTE, "words", t=EPOCH).t == 0 and event(form.NOTE, "words", t=LARGEST).t == LARGEST - EPOCH
    found = decoder().event(header(form.EXIT, number=3, bits=form.TAILED), dumps(None))
    assert found is not None and found.exit == Exit(status=3, traceback=None)
    said = decoder().note("gone")
    assert (said.note, said.lane, said.role, said.pid) == ("gone", "lane", "server", 42) and said.t > 0


def replaced_by(before: Event, **changed: Any) -> Event:
    return Event(**{name: getattr(before, name) for name in before.__struct_fields__} | changed)


def test_padding_is_no_event() -> None:
    assert decoder().event(header(form.PAD, t=0), b"") is None


def test_a_long_tail_comes_in_pieces() -> None:
    """Of two threads at once, in a call's record, in one that has begun and in a definition."""
    made = decoder()
    first, second = dumps(((("a" * 9, 1),), None)), dumps((None, None))
    for number, data in ((5, first[:6]), (6, second[:3]), (5, first[6:]), (6, second[3:])):
        assert made.event(header(form.MORE, number=number, t=0), data) is None
    for number, code, args in ((5, form.BIND, {"address": ["a" * 9, 1]}), (6, form.CLOSE, {})):
        found = made.event(header(code, bits=form.PIECE | form.TAILED), number.to_bytes(4, sys.byteorder))
        assert found is not None and found.args == args
    made.event(header(form.MORE, number=7), dumps("a note"))
    found = made.event(header(form.NOTE, bits=form.PIECE | form.TAILED), (7).to_bytes(4, sys.byteorder))
    assert found is not None and found.note == "a note"
    made.event(header(form.MORE, number=7), dumps("another"))  # the number is free again
    found = made.event(header(form.NOTE, bits=form.PIECE | form.TAILED), (7).to_bytes(4, sys.byteorder) + b"\0\0\0\0")
    assert found is not None and found.note == "another"
    made.event(header(form.MORE, number=8), first)
    found = made.event(header(form.BIND, bits=form.PIECE | form.TAILED | form.BEGUN, took=9), b"\x08\0\0\0")
    assert found is not None and (found.phase, found.tid, found.args) == ("enter", 9, {"address": ["a" * 9, 1]})
    with pytest.raises((EOFError, ValueError)):
        made.event(header(form.BIND, bits=form.PIECE | form.TAILED), (9).to_bytes(4, sys.byteorder))


def test_what_was_moved_goes_to_its_thread_s_next_call() -> None:
    made = decoder()
    made.event(header(form.CONTENTS, tid=0), dumps(b"a\n"))
    made.event(header(form.CONTENTS, tid=7), dumps(bytearray(b"b")))
    assert event(form.RECV, None, made, ret=1, number=1, tid=7).data == "b"
    assert event(form.RECV, None, made, ret=2, number=2).data == "a\\x0a"
    assert event(form.RECV, None, made, ret=2, number=2).data is None
    made.event(header(form.CONTENTS, tid=7), dumps(b"c"))
    assert event(form.RECV, None, made, ret=2, number=2).data is None  # another thread's
    assert event(form.SENDMSG, (None, None), made, ret=2, number=2).data is None
    made.event(header(form.CONTENTS, tid=7), dumps(b""))
    assert event(form.SENDMSG, (None, None), made, ret=0, tid=7).data is None


def test_old_interests_are_forgotten() -> None:
    made = decoder()
    kept = decode._INTERESTS_KEPT

    def asked(number: int) -> Any:
        return event(form.POLL, (0, None, None), made, number=number, fd=-1).args["interest"]

    made.event(header(form.INTEREST, number=kept), dumps([(6, 1)]))
    assert asked(1) == [[3, "IN"], [4, "IN|OUT"]]
    made.event(header(form.INTEREST, number=kept + 1), dumps([(7, 1)]))
    assert asked(1) == [] and asked(kept) == [[6, "IN"]] and asked(kept + 1) == [[7, "IN"]]


WRONG: list[tuple[int, Any, dict[str, int]]] = [
    (form.CONTENTS + 1, None, {}),
    (form.FIRST_CALL - 1, None, {}),
    (form.FIRST_CALL + len(form.CALLS), None, {}),
    (form.RECV, None, {"t": EPOCH - 1}),
    (form.RECV, None, {"t": LARGEST + 1}),
    (form.RECV, None, {"took": -1}),
    (form.RECV, None, {"took": LARGEST + 1}),
    (form.NOTE, "words", {"t": EPOCH - 1}),
    (form.NOTE, "words", {"t": LARGEST + 1}),
    (form.SITE, ("/x", 1 << 31, None, 0), {}),
    (form.SITE, ("/x", 1, "/y", -(1 << 31) - 1), {}),
    (form.SITE, ("/x", "1", None, 0), {}),
    (form.INTEREST, [(1 << 63, 1)], {}),
    (form.INTEREST, [(1, True)], {}),
    (form.EPOLL_WAIT, (1 << 63, [], None), {}),
    (form.EPOLL_WAIT, ("1", [], None), {}),
    (form.EPOLL_WAIT, (1, [(1 << 31, 1)], None), {}),
    (form.EPOLL_WAIT, (1, [(-(1 << 31) - 1, 1)], None), {}),
    (form.EPOLL_WAIT, (1, [(True, 1)], None), {}),
    (form.BIND, ((1 << 63,), None), {}),
    (form.BIND, ((-(1 << 63) - 1,), None), {}),
    (form.BIND, (([(1 << 63)],), None), {}),
    (form.BIND, ((1.1e15,), None), {}),
    (form.BIND, ((-1.1e15,), None), {}),
    (form.BIND, ((1j,), None), {}),
    (form.BIND, (([[[[[1]]]]],), None), {}),
    (form.DUP, (([1j],), None), {}),
]


@pytest.mark.parametrize(("code", "tail", "fields"), WRONG)
def test_what_no_probe_writes(code: int, tail: Any, fields: dict[str, int]) -> None:
    with pytest.raises((ScribbledError, ValueError)):
        event(code, tail, **fields)


@pytest.mark.parametrize(
    ("code", "tail", "fields"),
    [
        (form.RECV, None, {"t": EPOCH}),
        (form.RECV, None, {"t": LARGEST}),
        (form.RECV, None, {"took": 0}),
        (form.RECV, None, {"took": LARGEST}),
        (form.EPOLL_WAIT, ((1 << 63) - 1, [], None), {}),
        (form.EPOLL_WAIT, (-(1 << 63), [], None), {}),
        (form.EPOLL_WAIT, (1, [((1 << 31) - 1, 1), (-(1 << 31), 1)], None), {}),
        (form.BIND, (((1 << 63) - 1,), None), {}),
        (form.BIND, ((-(1 << 63),), None), {}),
        (form.BIND, ((1e15,), None), {}),
        (form.BIND, ((-1e15,), None), {}),
        (form.BIND, ((True,), None), {}),
        (form.BIND, (([[[[1, "a", None, False]]]],), None), {}),
    ],
)
def test_the_largest_that_a_probe_may_write(code: int, tail: Any, fields: dict[str, int]) -> None:
    event(code, tail, **fields)


def test_the_error_says_which_record() -> None:
    with pytest.raises(ScribbledError, match=f"a record of code {form.NOTE} at {EPOCH - 1}$"):
        event(form.NOTE, "words", t=EPOCH - 1)
    with pytest.raises(ScribbledError, match=f"a record of code {form.RECV} at {EPOCH - 2}$"):
        event(form.RECV, None, t=EPOCH - 2)


def test_a_record_that_has_begun_is_checked_too() -> None:
    made = decoder()
    for code, t, tail in (
        (form.FIRST_CALL - 1, 200, (None, None)), (form.FIRST_CALL + len(form.CALLS), 200, (None, None)),
        (form.RECV, -1, (None, None)), (form.RECV, LARGEST + 1, (None, None)), (form.BIND, 200, ((1 << 63,), None)),
    ):  # fmt: skip
        with pytest.raises(ScribbledError):
            made.begun(header(code, bits=form.TAILED, t=t), dumps(tail))
    assert made.begun(header(form.FIRST_CALL, bits=form.TAILED), dumps(((2, 1, 0), None))).call == "socket"


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (dumps(("c" * 300, 1 << 70, [1, 2.5, True, None, b"<\0\0\0\1"])), ("c" * 300, 1 << 70,
                                                                        [1, 2.5, True, None, b"<\0\0\0\1"])),
        (dumps((None,) * 4095), (None,) * 4095),
        (dumps((None,) * 5000), (None,) * 5000),
        (dumps([None] * 5000), [None] * 5000),
        (dumps((b"\xa8\xff\xff\xff\x7f", -(1 << 80))), (b"\xa8\xff\xff\xff\x7f", -(1 << 80))),
        (dumps((b"<\xff\xff\xff\x7f", "é" * 9, ())), (b"<\xff\xff\xff\x7f", "é" * 9, ())),
    ],
)  # fmt: skip
def test_tails_are_read_as_they_were_written(data: bytes, value: Any) -> None:
    assert loads(data) == value


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"(\0\0\1\0" + b"N" * 9, "a tail with 40"),  # more than 4,095, and more than there are
        (b"[\0\0\1\0" + b"N" * 9, "a tail with 91"),
        (b"(\1\0\0\0(\0\0\1\0", "a tail with 40"),
        (b"(\2\0\0\0s\0\0\1\0(\xff\xff\0\0", "a part of"),
        (b"(\2\0\0\0s\xff\xff\xff\xff(\xff\xff\xff\x7f", "a part of -1"),
        (b"(\1\0\0\0u\xff\xff\xff\x7f(\xff\xff\xff\x7f", "a part of"),
        (b"(\1\0\0\0c\1\1\1\0\1\1\1\0", "a tail with 99"),
        (b"(\2\0\0\0l\x80\xff\xff\xff(\xff\xff\xff\x7f", "a part of"),
        (b"(\1\0\0\0?(\xff\xff\xff\x7f", "a tail with 63"),
        (b"(\1\0\0\0\xa8\xff\xff\xff\x7f", "a tail with 168"),
    ],
)
def test_tails_that_count_more_than_they_have(data: bytes, why: str) -> None:
    with pytest.raises(ScribbledError, match=why):
        loads(data)


def test_names() -> None:
    assert [side_names(bits) for bits in range(9)] == ["", "R", "W", "R|W", "X", "R|X", "W|X", "R|W|X", ""]
    assert address(("a", (b"\xff", 1), ["x"])) == ["a", ["\xff", 1], ["x"]]
    for name, value in (("SO_KEEPALIVE", 9), ("SO_ERROR", 4), ("SO_SNDBUF", 7)):
        assert decode._OPTIONS[1][value] == name
    assert decode._FAMILIES[0] == "AF_UNSPEC" and decode._TYPES[5] == "SOCK_SEQPACKET" and 0x80000 not in decode._TYPES


def test_flags_are_remembered_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    known: dict[int, str] = {}
    monkeypatch.setattr(decode, "_FLAGS", known)
    assert decode.flags(5) == "IN|OUT" and known == {5: "IN|OUT"}
    assert decode.flags(5) is known[5]
    known.update((bits << 16, "") for bits in range(1, 4095))
    assert len(known) == 4095
    decode.flags(4)
    assert decode.flags(1) == "IN" and len(known) == 4096 and 1 not in known
