"""No call that the probe can record, no flag and no errno is without words, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import get_args

import pytest

import muxviz.words
from muxviz.calls import WAITS
from muxviz.draw.call_text import call_text
from muxviz.events import FLAG_BITS, SIDES, Event, Exit, Header, Kind, LaneInfo, Queues, Source
from muxviz.kernel import fold, initial
from muxviz.language import LANGUAGES, Language, say, together, use
from muxviz.probe import ring_format
from muxviz.scenarios import CATALOGUE
from muxviz.sources.strace.calls import DESCRIPTIONS as STRACE_CALLS
from muxviz.trace import Trace
from muxviz.words import explain
from muxviz.words.calls import SENTENCES
from muxviz.words.glossary import GLOSSARY
from muxviz.words.meanings import ERRNOS, FLAGS
from muxviz.words.non_calls import KINDS
from tests.draw.conftest import traces as traces  # the fixture

_HAN = re.compile("[\u4e00-\u9fff]")

MANUAL: dict[str, str] = {
    "SSL_do_handshake": "SSL WANT_READ WANT_WRITE WANT_X509_LOOKUP SYSCALL ZERO_RETURN EOF ECONNRESET EPIPE EBADF",
    "SSL_read": "SSL WANT_READ WANT_WRITE SYSCALL ZERO_RETURN WANT_CONNECT EOF ECONNRESET ETIMEDOUT EBADF",
    "SSL_shutdown": "SSL WANT_READ WANT_WRITE SYSCALL ZERO_RETURN EOF ECONNRESET EPIPE EBADF",
    "SSL_write": "SSL WANT_READ WANT_WRITE SYSCALL ZERO_RETURN EOF ECONNRESET EPIPE EBADF",
    "accept": "EAGAIN EBADF ECONNABORTED EFAULT EINTR EINVAL EMFILE ENFILE ENOBUFS ENOMEM ENOTSOCK EOPNOTSUPP EPERM "
    "EPROTO ENOPROTOOPT EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ESOCKTNOSUPPORT EPROTONOSUPPORT ETIMEDOUT",
    "bind": "EACCES EADDRINUSE EBADF EINVAL ENOTSOCK EADDRNOTAVAIL EFAULT ELOOP ENAMETOOLONG ENOENT ENOMEM ENOTDIR "
    "EROFS",
    "close": "EBADF EINTR EIO ENOSPC EDQUOT",
    "connect": "EACCES EPERM EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECONNREFUSED EFAULT "
    "EINPROGRESS EINTR EISCONN ENETUNREACH ENOTSOCK EPROTOTYPE ETIMEDOUT",
    "dup": "EBADF EBUSY EINTR EINVAL EMFILE ENOMEM",
    "epoll_create": "EINVAL EMFILE ENFILE ENOMEM",
    "epoll_ctl": "EBADF EEXIST EINVAL ELOOP ENOENT ENOMEM ENOSPC EPERM",
    "epoll_wait": "EBADF EFAULT EINTR EINVAL",
    "fork": "EAGAIN ENOMEM ENOSYS",
    "getsockopt": "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK",
    "listen": "EADDRINUSE EBADF ENOTSOCK EOPNOTSUPP",
    "poll": "EFAULT EINTR EINVAL ENOMEM",
    "read": "EAGAIN EWOULDBLOCK EBADF EFAULT EINTR EINVAL EIO EISDIR",
    "readv": "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR",
    "recv": "EAGAIN EWOULDBLOCK EBADF ECONNREFUSED ECONNRESET EFAULT EINTR EINVAL ENOMEM ENOTCONN ENOTSOCK ETIMEDOUT",
    "recvfrom": "EAGAIN EBADF ECONNREFUSED EFAULT EINTR EINVAL ENOMEM ENOTCONN ENOTSOCK",
    "recvmsg": "EAGAIN EBADF ECONNREFUSED EFAULT EINTR EINVAL ENOMEM ENOTCONN ENOTSOCK EMSGSIZE",
    "select": "EBADF EINTR EINVAL ENOMEM",
    "send": "EACCES EAGAIN EALREADY EBADF ECONNRESET ECONNREFUSED EDESTADDRREQ EFAULT EINTR EINVAL EISCONN EMSGSIZE "
    "ENOBUFS ENOMEM ENOTCONN ENOTSOCK EOPNOTSUPP EPIPE EHOSTUNREACH ENETUNREACH ETIMEDOUT",
    "sendto": "EACCES EAGAIN EBADF EDESTADDRREQ EMSGSIZE ENOBUFS EPIPE EPERM",
    "sendmsg": "EAGAIN EBADF EMSGSIZE ENOBUFS EPIPE",
    "sendfile": "EAGAIN EBADF EFAULT EINVAL EIO ENOMEM EOVERFLOW ESPIPE EPIPE",
    "setsockopt": "EBADF EDOM EFAULT EINVAL EISCONN ENOPROTOOPT ENOTSOCK ENOMEM ENOBUFS EPERM EACCES ENODEV",
    "shutdown": "EBADF EINVAL ENOTCONN ENOTSOCK",
    "socket": "EACCES EAFNOSUPPORT EINVAL EMFILE ENFILE ENOBUFS ENOMEM EPROTONOSUPPORT",
    "socketpair": "EAFNOSUPPORT EFAULT EMFILE ENFILE EOPNOTSUPP EPROTONOSUPPORT",
    "write": "EAGAIN EWOULDBLOCK EBADF EDESTADDRREQ EDQUOT EFAULT EFBIG EINTR EINVAL EIO ENOSPC EPERM EPIPE",
    "writev": "EAGAIN EBADF EPIPE EINVAL",
}
"""The ERRORS sections of the calls' manual pages, of OpenSSL's that of SSL_get_error(3); for accept and send with those
that the network hands on."""


MANUAL_OF_STRACE: dict[str, str] = {
    "clone": "EAGAIN EEXIST EINVAL ENOMEM ENOSPC EPERM EUSERS",
    "close_range": "EINVAL EMFILE ENOMEM",
    "eventfd": "EINVAL EMFILE ENFILE ENODEV ENOMEM",
    "execve": "E2BIG EACCES EAGAIN EFAULT EINVAL EIO EISDIR ELIBBAD ELOOP EMFILE ENAMETOOLONG ENFILE ENOENT ENOEXEC "
    "ENOMEM ENOTDIR EPERM ETXTBSY",
    "fcntl": "EACCES EAGAIN EBADF EBUSY EDEADLK EFAULT EINTR EINVAL EMFILE ENOLCK ENOTDIR EPERM",
    "getpeername": "EBADF EFAULT EINVAL ENOBUFS ENOTCONN ENOTSOCK",
    "getsockname": "EBADF EFAULT EINVAL ENOBUFS ENOTSOCK",
    "inotify_init": "EINVAL EMFILE ENFILE ENOMEM",
    "io_uring_enter": "EAGAIN EBADF EBADFD EBADR EBUSY EEXIST EFAULT EINTR EINVAL ENXIO EOPNOTSUPP",
    "io_uring_register": "EACCES EBADF EBADFD EBUSY EEXIST EFAULT EINVAL EMFILE ENOMEM ENXIO EOPNOTSUPP",
    "io_uring_setup": "EFAULT EINVAL EMFILE ENFILE ENOMEM ENOSYS EPERM",
    "ioctl": "EBADF EFAULT EINVAL ENOTTY EPERM",
    "pipe": "EFAULT EINVAL EMFILE ENFILE",
    "pread": "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR ENXIO EOVERFLOW ESPIPE",
    "preadv": "EAGAIN EBADF EINVAL EOPNOTSUPP ESPIPE",
    "pwrite": "EAGAIN EBADF EDQUOT EFBIG EINTR EINVAL EIO ENOSPC EPERM ESPIPE",
    "pwritev": "EAGAIN EBADF EINVAL ENOSPC EOPNOTSUPP ESPIPE",
    "recvmmsg": "EAGAIN EBADF ECONNREFUSED EFAULT EINTR EINVAL ENOMEM ENOTCONN ENOTSOCK",
    "sendmmsg": "EAGAIN EBADF EMSGSIZE ENOBUFS EPIPE EINTR",
    "signalfd": "EBADF EINVAL EMFILE ENFILE ENODEV ENOMEM",
    "splice": "EAGAIN EBADF EINVAL ENOMEM ESPIPE EPIPE EINTR",
    "timerfd_create": "EINVAL EMFILE ENFILE ENODEV ENOMEM EPERM",
    "timerfd_settime": "EBADF ECANCELED EFAULT EINVAL",
}
"""The same of calls that strace tells of and the probe does not."""
NAMES_OF_STRACE = sorted(
    {read("").call for read in STRACE_CALLS.values()} | {"recvfrom", "sendto", "socketpair", "clone", "dup"}
)
"""Our names of everything in strace's table: some entries read theirs from the arguments."""


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    """Both languages, one after the other."""
    use(request.param)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call without words of its own is a failure."""

    def unknown(moment: object) -> list[str]:
        raise AssertionError(f"no words for {moment}")

    monkeypatch.setattr(muxviz.words, "unknown", unknown)


def trace_of(*events: Event, kind: str = "lab", mechanism: str | None = "edge") -> Trace:
    trace = Trace(Header(1, "6", "x86_64", "3.11", Source(kind=kind), [LaneInfo("edge", "edge", mechanism=mechanism)]))
    for event in events:
        trace.append(event)
    return trace


def call(name: str, **fields: object) -> Event:
    return Event(n=0, t=1, lane="edge", role="server", call=name, **fields)  # type: ignore[arg-type]


def good(said: list[str], language: Language) -> None:
    """Whole sentences of that language, filled, with words for the error."""
    text = together(said)
    assert said and "{" not in text and "}" not in text, text
    assert say("an error that muxviz has no words for") not in text, text
    if language == "zh":
        assert all(_HAN.search(one) and one[-1] in "。：" for one in said), text
    else:
        assert not _HAN.search(text) and all(one[-1] in ".:" for one in said), text


def openings(socket: str) -> list[Event]:
    """How fd 5 came to be what the call is made on."""
    return {
        "stream": [call("listen", fd=3, ret=0), call("accept", fd=3, ret=5, args={"peer": ["127.0.0.1", 1]})],
        "datagram": [call("socket", ret=5, args={"type": "SOCK_DGRAM"})],
        "listener": [call("socket", ret=5, args={"type": "SOCK_STREAM"}), call("listen", fd=5, ret=0)],
        "other": [],
    }[socket]


def test_every_call_of_the_probe_has_words_of_its_own() -> None:
    assert set(SENTENCES) | WAITS >= set(ring_format.CALLS)
    assert set(MANUAL) == set(ring_format.CALLS), set(MANUAL) ^ set(ring_format.CALLS)


def test_every_call_of_strace_has_words_of_its_own() -> None:
    assert not set(NAMES_OF_STRACE) - set(SENTENCES) - WAITS
    assert not set(NAMES_OF_STRACE) - set(MANUAL) - set(MANUAL_OF_STRACE)
    assert not set(MANUAL_OF_STRACE) - set(NAMES_OF_STRACE)


@pytest.mark.parametrize("name", NAMES_OF_STRACE)
@pytest.mark.parametrize("socket", ["stream", "datagram", "listener", "other"])
def test_every_call_of_a_traced_program_with_every_outcome(language: Language, name: str, socket: str) -> None:
    begun = openings(socket)
    begun += [call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": "IN|ET"})]
    ends: list[dict[str, object]] = [{"ret": 0}, {"ret": 4, "args": {"size": 4}}, {"ret": 4, "args": {"size": 9}}]
    ends += [{"ret": 2, "args": {"messages": 3, "bytes": 70, "size": 300}}]
    ends += [{"ret": 4, "args": {"size": 4, "path": "/srv/demo/www/index.html"}}]
    ends += [{"ret": 0, "args": {"fds": [7, 8]}}, {"ret": 4, "args": {"to": 9, "from": 8, "size": 4}}]
    ends += [{"ret": 0, "args": {"command": command, "value": value}} for command, value in
             (("F_GETFL", "0"), ("F_SETFL", "O_RDWR|O_NONBLOCK"), ("F_SETFL", "O_RDWR"), ("F_SETFD", "FD_CLOEXEC"),
              ("F_GETFD", ""), ("F_SETPIPE_SZ", "65536"))]  # fmt: skip
    ends += [{"ret": 0, "args": {"request": request, "value": value}} for request, value in
             (("FIONBIO", 1), ("FIONBIO", 0), ("FIONREAD", 12), ("TCGETS", None))]  # fmt: skip
    ends += [{"ret": 0, "args": {"first": 3, "last": last, "flags": flags, "closed": closed}}
             for last in (9, 4294967295) for flags in ("", "CLOSE_RANGE_CLOEXEC") for closed in ([], [5])]  # fmt: skip
    ends += [{"ret": 91, "args": {"flags": flags}} for flags in ("SIGCHLD", "CLONE_FILES|SIGCHLD", "CLONE_THREAD")]
    ends += [{"ret": 0, "args": {"file": "/usr/sbin/nginx", "closed": closed}} for closed in ([], [5])]
    ends += [{"ret": -1, "error": error} for error in (MANUAL | MANUAL_OF_STRACE)[name].split()]
    ends += [{"phase": "enter"}, {"phase": "enter", "tid": 7}, {"phase": "enter", "args": {"timeout": 250}}]
    waits = [{"ret": 1, "ready": [(5, "IN")], "args": {"maxevents": 1}}, {"ret": 0, "ready": []}]
    waits += [{"ret": 0, "ready": [], "args": {"timeout": timeout}} for timeout in (0, 100, -1)]
    for end in (*ends, *waits) if name in WAITS else ends:
        made = trace_of(*begun, call(name, fd=5, pid=90, **end), kind="trace", mechanism=None)
        good(explain(made, len(made) - 1), language)


@pytest.mark.parametrize("name", NAMES_OF_STRACE)
def test_every_call_has_words_in_a_list(language: Language, name: str) -> None:
    """The fullest wording first, each with the call's name, and none without the error."""
    for end in ({"ret": 4, "args": {"size": 9, "path": "/srv/a"}}, {"ret": -1, "error": "EINTR"}, {"phase": "enter"}):
        variants = call_text(call(name, fd=5, **end))  # type: ignore[arg-type]
        assert variants and all("{" not in text for text in variants), variants
        assert variants[0].startswith(name), variants
        assert "error" not in end or all("EINTR" in text for text in variants)


def test_every_kind_of_line_has_words() -> None:
    assert set(get_args(Kind)) == {*KINDS, "call"}


def test_every_flag_and_every_errno_of_the_manual_has_a_meaning() -> None:
    assert set(FLAGS) == {*FLAG_BITS, *SIDES}
    missing = {errno for errnos in MANUAL.values() for errno in errnos.split()} - set(ERRNOS)
    assert not missing, missing


@pytest.mark.parametrize("name", ring_format.CALLS)
@pytest.mark.parametrize("socket", ["stream", "datagram", "listener", "other"])
@pytest.mark.parametrize("kind", ["lab", "run"])
def test_every_call_with_every_outcome(language: Language, name: str, socket: str, kind: str) -> None:
    begun = openings(socket)
    ends: list[dict[str, object]] = [{"ret": 0}, {"ret": 4, "args": {"size": 4}}, {"ret": 4, "args": {"size": 9}}]
    ends += [{"ret": 7, "args": {"flags": flags}} for flags in ("PEEK", "OOB")]
    ends += [{"ret": 4, "args": {"size": 4, "pending": pending}} for pending in (0, 9)]
    ends += [{"ret": -1, "error": "SSL", "args": {"reason": "WRONG_VERSION_NUMBER"}}]
    ends += [{"ret": 0, "args": {"option": "SO_ERROR", "value": value}} for value in (0, 111)]
    ends += [{"ret": 0, "args": {"how": how}} for how in ("RD", "WR", "RDWR")]
    ends += [{"phase": "enter", "args": {"timeout": 400, "interest": []}}]
    ends += [{"ret": -1, "error": error} for error in (*MANUAL[name].split(), "timeout")]
    ends += [{"ret": 0, "args": {"op": op, "fd": 5, "events": "IN|ET|ONESHOT"}} for op in ("ADD", "MOD", "DEL")]
    ends += [{"phase": "enter"}, {"phase": "enter", "tid": 7}, {"phase": "enter", "args": {"timeout": 250}}]
    looks: list[dict[str, Queues]] = [{}, {"5": Queues(recv=0)}, {"5": Queues(recv=8, level="IN|OUT", unsent=3)}]
    for end in ends:
        for look in looks:
            made = trace_of(*begun, call(name, fd=5, queues=look, **end), kind=kind)
            good(explain(made, len(made) - 1), language)


def reports() -> Iterator[str]:
    """Every combination of flags that a wait can give, select's sides apart."""
    for names in (("IN", "PRI", "OUT", "ERR", "HUP", "NVAL", "RDHUP"), SIDES):
        for count in range(1, len(names) + 1):
            yield from ("|".join(chosen) for chosen in combinations(names, count))


@pytest.mark.parametrize("socket", ["stream", "datagram", "listener", "other"])
@pytest.mark.parametrize("interest", ["IN|OUT|RDHUP", "IN|ET", "IN|ONESHOT"])
def test_every_report(language: Language, socket: str, interest: str) -> None:
    begun = [*openings(socket), call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 5, "events": interest})]
    looks: list[dict[str, Queues]] = [
        {},
        {"5": Queues(recv=0, accepts=0, tcp="CLOSE_WAIT")},
        {"5": Queues(recv=8, accepts=2)},
    ]
    if socket == "other":
        looks += [{"5": Queues(recv=n, file=what)} for n in (0, 4) for what in ("pipe", "eventfd", "timerfd", "file")]
    for flags in reports():
        for look in looks:
            wait = call("epoll_wait", fd=4, ret=1, ready=[(5, flags)], queues=look)
            made = trace_of(*begun, wait)
            said = explain(made, len(made) - 1)
            good(said, language)
            assert len(said) > 1, (flags, said)
            meant = together(said[1:])
            if language == "en" and socket == "stream" and "NVAL" not in flags:
                assert "broken" not in meant or "ERR" in flags
                assert "HUP says" not in meant or "HUP" in flags.split("|")
                assert "will send no more" not in meant or {"RDHUP"} <= set(flags.split("|"))


def test_an_empty_report_of_each_wait(language: Language) -> None:
    for name in sorted(WAITS):
        for timeout in (-1, 0, 250):
            good(explain(trace_of(call(name, ret=0, ready=[], args={"timeout": timeout})), 0), language)
            clock = call(name, ret=0, ready=[], args={"timeout": timeout, "interest": []})
            good(explain(trace_of(clock), 0), language)


def test_a_report_of_several_and_one_that_has_no_room_for_all(language: Language) -> None:
    watched = [call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": fd, "events": "IN"}) for fd in (5, 6)]
    looks = {str(fd): Queues(recv=8, level="IN|OUT") for fd in (5, 6)}
    for name in sorted(WAITS):
        for ready in ([(5, "IN"), (6, "IN")], [(5, "IN")]):
            wait = call(name, fd=4, ret=len(ready), ready=ready, queues=looks, args={"maxevents": 1})
            said = explain(trace_of(*watched, wait), len(watched))
            good(said, language)
            assert len(said) > 1, said


def test_ends_and_clients(language: Language) -> None:
    exits = (Exit(status=0), Exit(status=1, traceback="ValueError: filedescriptor out of range in select()"),
             Exit(signal="SIGKILL"), Exit(by="muxviz"))  # fmt: skip
    lines = [Event(n=0, t=1, lane="edge", exit=one) for one in exits]
    lines += [Event(n=0, t=1, lane="edge", look="outside"), Event(n=0, t=1, beat=1, action="A sends 12 bytes")]
    for name in ("connect", "send", "recv", "shutdown", "close"):
        lines += [Event(n=0, t=1, lane="edge", role="client", client="A", call=name, ret=ret) for ret in (0, 5)]
        errors = (*MANUAL[name].split(), "EALREADY")
        lines += [Event(n=0, t=1, lane="edge", role="client", client="A", call=name, ret=-1, error=e) for e in errors]
    for line in lines:
        good(explain(trace_of(call("listen", fd=3, ret=0), line), 1), language)


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_line_of_every_scenario(language: Language, traces: dict[str, Trace], name: str) -> None:
    trace, seen, state = traces[name], set[str](), initial(traces[name].header)
    for n in range(len(trace)):
        said = explain(trace, n, fold(state, trace[n]))
        text = together(said)
        if text not in seen:
            seen.add(text)
            good(said, language)


def test_the_glossary_has_the_terms_that_sentences_use() -> None:
    known = {term for term, _meaning in GLOSSARY}
    assert known >= {
        "readiness", "level", "edge", "wait", "wakeup", "interest list", "drain", "backlog", "accept queue",
        "half-close", "RST", "EAGAIN", "back-pressure", "busy", "asleep", "stranded", "datagram", "dup",
        "ONESHOT", "urgent", "ghost", "disarmed", "starvation",
    }  # fmt: skip
