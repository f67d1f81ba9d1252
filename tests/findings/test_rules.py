"""Each rule: that it fires on what it is about, and not on its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from muxviz.events import Queues
from tests.findings.told import MS, Told

NOTHING: list[tuple[str, str]] = []


def partial(kind: str = "lab", *, held: bool = True) -> Told:
    """12 bytes came, 4 were read, and nothing proves what is left."""
    return Told(kind, held=held).client().wait((5, "IN")).read(4)


# --- stranded data ---------------------------------------------------------------------------------------------------


def test_stranded_data_is_certain_where_the_queue_was_seen() -> None:
    told = Told().client().wait((5, "IN"), fd5=12).read(4, left=8).sleep()
    assert told.rules == [("stranded-data", "certain")]
    one = told.found[0]
    n = len(told.trace) - 1
    assert (one.fd, one.client, one.amount(n), one.flags, one.evidence) == (5, "#1", 8, "IN", (n - 2, n - 1, n))
    assert told.trace.findings_at(n) == [one] and told.trace.findings_at(n - 1) == []


def test_what_a_report_was_seen_to_hold_less_what_was_read_is_seen_too() -> None:
    assert Told().client().wait((5, "IN"), fd5=12).read(4).sleep().rules == [("stranded-data", "certain")]
    assert Told().client().wait((5, "IN"), fd5=4).read(4).sleep().rules == NOTHING


def test_without_a_look_it_is_possible() -> None:
    assert partial().sleep().rules == [("stranded-data", "possible")]


MENDED: dict[str, Callable[[Told], Told]] = {
    "drained to EAGAIN": lambda told: told.again(),
    "read to the end": lambda told: told.read(0),
    "a short read of a stream": lambda told: told.read(3),
    "a look that finds nothing": lambda told: told.read(4, left=0),
    "MOD": lambda told: told.add(5, "IN|ET", op="MOD"),
    "DEL": lambda told: told.drop(5),
    "close": lambda told: told.close(),
    "an error": lambda told: told.call("recv", fd=5, ret=-1, error="ECONNRESET"),
}


@pytest.mark.parametrize("how", MENDED)
def test_no_stranded_data_where_nothing_is_owed(how: str) -> None:
    assert MENDED[how](partial()).sleep().rules == NOTHING


def test_a_read_that_a_signal_interrupts_settles_nothing() -> None:
    told = partial().call("recv", fd=5, ret=-1, error="EINTR", args={"size": 4}).sleep()
    assert told.rules == [("stranded-data", "possible")]


def test_what_a_pause_lasted_is_not_held_against_a_program() -> None:
    """A call that began before the pause is looked at as soon as the program goes on."""
    for begun in ({"call": "recv", "fd": 5, "phase": "enter"}, {"call": "epoll_wait", "fd": 4, "phase": "enter"}):
        told = partial("trace", held=False).add(4, "IN").event(**begun)
        told.event(note="paused", lane=None, args={"held": True}).event(note="resumed", after=9000 * MS, lane=None,
                                                                        args={"held": False})  # fmt: skip
        assert told.event(note="time", lane=None).rules == NOTHING
        assert told.event(note="time", lane=None, after=5 * MS).rules == NOTHING


def test_peeking_takes_nothing() -> None:
    told = Told().client().wait((5, "IN")).read(2, flags="PEEK").sleep()
    assert told.rules == [("ignored-edge", "possible")]


def test_a_short_read_of_a_datagram_proves_nothing() -> None:
    told = Told().call("socket", ret=5, args={"type": "SOCK_DGRAM"}).add(5, "IN|ET").wait((5, "IN"))
    assert told.call("recvfrom", fd=5, ret=3, args={"size": 64}).sleep().rules == [("stranded-data", "possible")]


def test_a_counter_is_taken_whole() -> None:
    told = Told().add(7, "IN|ET").wait((7, "IN")).call("read", fd=7, ret=8, args={"size": 8})
    assert told.sleep().rules == NOTHING


def test_a_level_owes_nothing() -> None:
    assert Told().client("IN").wait((5, "IN"), fd5=12).read(4, left=8).sleep().rules == NOTHING


def test_a_wait_that_only_asks_is_no_sleep() -> None:
    assert partial().sleep(timeout=0).rules == NOTHING
    assert partial().sleep(timeout=50).rules == [("stranded-data", "possible")]


def test_the_same_after_the_next_edge_makes_the_possible_likely() -> None:
    told = partial().sleep().wait((5, "IN"))
    assert told.rules == [("stranded-data", "possible")] and told.ends == ["edge"]
    assert told.read(4).sleep().rules == [("stranded-data", "likely")] * 2
    one = told.found[0]
    assert one.sure(one.opened) == "possible", "what was known then"
    assert one.lasts(one.opened) and not one.lasts(one.closed or 0)


ONCE_MORE: dict[str, Callable[[Told], Told]] = {
    "another size, as one who knows what comes": lambda told: told.read(64, size=64),
    "in two calls, as a head and a body": lambda told: told.read(4).read(4),
    "drained in between": lambda told: told.again().wait((5, "IN")).read(4),
    "shorter in between": lambda told: told.read(3).wait((5, "IN")).read(4),
    "MOD in between": lambda told: told.add(5, "IN|ET", op="MOD").wait((5, "IN")).read(4),
}


@pytest.mark.parametrize("how", ONCE_MORE)
def test_another_way_of_leaving_it_open_is_no_habit(how: str) -> None:
    told = ONCE_MORE[how](partial().sleep().wait((5, "IN"))).sleep()
    assert told.rules == [("stranded-data", "possible")] * 2


def test_a_close_tells_nothing() -> None:
    told = partial().sleep().wait().close()
    assert told.rules == [("stranded-data", "possible")] and told.ends == ["closed"]


def test_accepting_once_for_each_report_is_likely_to_leave_some() -> None:
    told = listening().wait((3, "IN")).accept(5).sleep().wait((3, "IN")).accept(6).sleep()
    assert told.rules == [("stranded-connection", "likely")] * 2


def test_a_look_at_what_arrives_ends_it() -> None:
    told = Told().client().wait((5, "IN"), fd5=12).read(4, left=8).sleep().look(recv=12)
    assert told.rules == [("stranded-data", "certain")] and told.ends == ["edge"]


def test_a_reader_that_is_not_told_cancels_it_and_later_ones_are_information() -> None:
    told = partial().sleep().wait().read(4)
    assert told.ends == ["cancelled"] and told.found[0].cancelled(len(told.trace))
    told.wait((5, "IN")).read(4).sleep()
    assert told.rules == [("stranded-data", "possible"), ("stranded-data", "information")]
    times = list(told.trace.findings.times())
    assert times == [told.found[0].opened], "nobody is led to what is information"


def test_the_clock_tells_where_nobody_held_the_program() -> None:
    short = partial("trace", held=False).wait((6, "IN"), after=15 * MS)
    assert short.rules == NOTHING
    assert short.wait((6, "IN"), after=6 * MS).rules == [("stranded-data", "possible")], "short waits add up"


def test_the_begin_of_a_traced_wait_is_no_sleep_yet() -> None:
    told = partial("trace", held=False).sleep()
    assert told.rules == NOTHING
    told.wait((5, "IN"), after=30 * MS)
    assert told.rules == [("stranded-data", "possible")] and told.ends == ["edge"]


def test_a_look_from_outside_settles_a_traced_program() -> None:
    told = partial("trace", held=False).wait(after=30 * MS).look(recv=8)
    assert told.rules == [("stranded-data", "certain")] and told.found[0].turns[-1].amount == 8
    told = partial("trace", held=False).wait(after=30 * MS).look(recv=0)
    assert told.ends == ["empty"]


def test_what_a_child_has_too_is_left_out() -> None:
    told = Told().client()
    told.call("fork", ret=77)
    assert told.wait((5, "IN")).read(4).sleep().rules == NOTHING


def test_a_number_that_is_used_again_is_another_fd() -> None:
    told = partial().close().client().sleep()
    assert told.rules == NOTHING
    told = partial().accept(5, left=0).sleep()  # a close that nobody saw
    assert told.rules == NOTHING


# --- the other edges -------------------------------------------------------------------------------------------------


def listening() -> Told:
    return Told().add(3, "IN|ET")


def test_stranded_connection() -> None:
    assert listening().wait((3, "IN")).accept(5, left=1).sleep().rules == [("stranded-connection", "certain")]
    assert listening().wait((3, "IN")).accept(5).sleep().rules == [("stranded-connection", "possible")]
    assert listening().wait((3, "IN")).accept(5, left=0).sleep().rules == NOTHING
    assert listening().wait((3, "IN")).accept(5).accept(error="EAGAIN").sleep().rules == NOTHING
    assert Told().add(3, "IN").wait((3, "IN")).accept(5, left=1).sleep().rules == NOTHING


def test_an_inherited_listener_is_somebody_else_s_too() -> None:
    told = Told()
    told.call("epoll_ctl", fd=4, ret=0, args={"op": "ADD", "fd": 9, "events": "IN|ET"}).wait((9, "IN"))
    assert told.call("accept", fd=9, ret=5).sleep().rules == NOTHING


def test_ignored_edge() -> None:
    assert Told().client().wait((5, "IN"), fd5=12).sleep().rules == [("ignored-edge", "certain")]
    assert Told().client().wait((5, "IN")).sleep().rules == [("ignored-edge", "possible")]
    assert Told().client("OUT|ET").wait((5, "OUT")).sleep().rules == NOTHING
    for mend in (lambda t: t.add(5, "IN|ET", op="MOD"), lambda t: t.close(), lambda t: t.drop(5)):
        assert mend(Told().client().wait((5, "IN"), fd5=12)).sleep().rules == NOTHING


def test_back_pressure_hedges_an_ignored_edge() -> None:
    told = Told().client().client(fd=6).again(6, "send").wait((5, "IN"), fd5=12).sleep()
    assert told.rules == [("ignored-edge", "possible")] and told.found[0].other == 6
    told = Told().client().client(fd=6).write(10, 100, fd=6).write(90, 90, fd=6).wait((5, "IN"), fd5=12).sleep()
    assert told.rules == [("ignored-edge", "certain")], "the full buffer took the rest"


def test_unread_eof() -> None:
    told = Told().client("IN|RDHUP|ET").wait((5, "IN|RDHUP")).read(3, size=64)
    assert told.sleep().rules == [("unread-eof", "possible")]
    seen = Told().client("IN|ET").wait((5, "IN"))
    seen.call("recv", fd=5, ret=3, args={"size": 64},
              queues={"5": Queues(recv=0, tcp="CLOSE_WAIT", level="IN|OUT|RDHUP")})  # fmt: skip
    assert seen.sleep().rules == [("unread-eof", "certain")]
    for mend in (lambda t: t.read(0), lambda t: t.again(), lambda t: t.close()):
        told = Told().client("IN|RDHUP|ET").wait((5, "IN|RDHUP")).read(3, size=64)
        assert mend(told).sleep().rules == NOTHING
    assert Told().client().wait((5, "IN")).read(3, size=64).sleep().rules == NOTHING


def test_disarmed() -> None:
    told = Told().client("IN|ONESHOT").wait((5, "IN")).read(3, size=64).sleep()
    assert told.rules == [("disarmed", "possible")]
    assert told.look(recv=5).rules == [("disarmed", "certain")], "nothing will announce what has come"
    assert told.add(5, "IN|ONESHOT", op="MOD").ends == ["mod"]
    for mend in (lambda t: t.add(5, "IN|ONESHOT", op="MOD"), lambda t: t.close()):
        assert mend(Told().client("IN|ONESHOT").wait((5, "IN")).read(3, size=64)).sleep().rules == NOTHING


def test_another_thread_has_a_second_to_arm_again() -> None:
    told = Told("trace", held=False).client("IN|ONESHOT").wait((5, "IN")).read(3, size=64)
    assert told.wait(after=500 * MS).rules == NOTHING
    assert told.wait(after=600 * MS).rules == [("disarmed", "possible")]


# --- spins -----------------------------------------------------------------------------------------------------------


def spin(flags: str, times: int = 4, interest: str = "IN|OUT") -> Told:
    told = Told().client(interest)
    for _ in range(times):
        told.wait((5, flags))
    return told


@pytest.mark.parametrize(
    ("flags", "rule"),
    [("IN", "level-ignored"), ("OUT", "writable-spin"), ("IN|HUP", "hangup-spin"), ("ERR|HUP", "hangup-spin"),
     ("IN|RDHUP", "level-ignored"), ("IN|OUT", "level-ignored")],
)  # fmt: skip
def test_four_in_a_row_are_a_spin(flags: str, rule: str) -> None:
    assert spin(flags, 3).rules == NOTHING
    told = spin(flags, 6)
    assert told.rules == [(rule, "certain")], "found once"
    one = told.found[0]
    n = len(told.trace) - 1
    assert told.trace.wakeups_between("edge", one.evidence[0], n) == 6 and one.lasts(n)
    assert told.write(4, 4).ends == ["call"]


def test_a_spin_lasts_while_its_flags_are_the_same_and_ends_where_they_change() -> None:
    assert spin("OUT", 9).ends == [None]
    told = spin("OUT", 4).wait((5, "IN|OUT"))
    assert told.ends == ["changed"], "other flags"
    assert spin("OUT", 4).client("IN", fd=6).wait((6, "IN")).ends == ["changed"], "another fd alone"
    both = spin("OUT", 4).client("IN", fd=6).wait((5, "OUT"), (6, "IN"))
    assert both.ends == [None], "another fd beside it"
    assert told.wait((5, "IN|OUT")).wait((5, "IN|OUT")).rules == [("writable-spin", "certain")]
    assert told.wait((5, "IN|OUT")).ends == ["changed", None], "four of the new ones are a spin of their own"


def test_a_spin_is_one_thread_s() -> None:
    told = Told().client("IN|OUT")
    for tid in (1, 2) * 3:
        told.event(call="epoll_wait", fd=4, tid=tid, ret=1, ready=[(5, "OUT")], args={"timeout": -1}, took=2000)
    assert told.rules == NOTHING
    for tid in (1, 2):
        told.event(call="epoll_wait", fd=4, tid=tid, ret=1, ready=[(5, "OUT")], args={"timeout": -1}, took=2000)
    assert told.rules == [("writable-spin", "certain")] * 2
    told.event(call="epoll_wait", fd=4, tid=2, ret=1, ready=[(5, "IN")], args={"timeout": -1}, took=2000)
    assert sorted(map(str, told.ends)) == ["None", "changed"]


@pytest.mark.parametrize(("took", "rules"), [(MS - 1, 1), (MS, 0)])
def test_a_wait_of_a_millisecond_has_slept(took: int, rules: int) -> None:
    free = Told("run", held=False).client("IN|OUT")
    for _ in range(4):
        free.wait((5, "OUT"), took=took)
    assert len(free.rules) == rules


def test_select_and_poll_spin_too() -> None:
    for call, flags in (("select", "W"), ("poll", "OUT")):
        told = Told().accept(5, left=0)
        for _ in range(4):
            told.call(call, ret=1, ready=[(5, flags)], args={"interest": [[5, flags]], "timeout": -1}, took=2000)
        assert told.rules == [("writable-spin", "certain")]


def test_no_spin_where_something_is_done_or_changes() -> None:
    told = Told().client("IN")
    for _ in range(8):
        told.wait((5, "IN")).read(4)
    assert told.rules == NOTHING
    told = Told().client("IN|OUT")
    for flags in ("IN", "OUT") * 4:
        told.wait((5, flags))
    assert told.rules == NOTHING
    assert spin("IN", 8, interest="IN|ET").rules == NOTHING, "each edge is news"


def test_a_wait_that_sleeps_is_no_part_of_a_spin() -> None:
    told = spin("OUT", 3).sleep().wait((5, "OUT"))
    assert told.rules == NOTHING
    assert spin("OUT", 4).sleep().wait((5, "OUT")).ends == ["slept"]
    free = Told("run", held=False).client("IN|OUT")
    for _ in range(8):
        free.wait((5, "OUT"), took=2 * MS)
    assert free.rules == NOTHING


def test_a_mod_ends_a_spin_where_it_asks_for_something_else() -> None:
    assert spin("OUT", 5).add(5, "IN", op="MOD").ends == ["call"]
    same = Told().client("IN|ONESHOT")
    for _ in range(4):
        same.wait((5, "HUP")).add(5, "IN|ONESHOT", op="MOD")
    assert same.rules == [("hangup-spin", "certain")], "a MOD to the same interest is no work"
    failed = Told().client("IN")
    for _ in range(4):
        failed.wait((5, "IN")).call("epoll_ctl", fd=4, ret=-1, args={"op": "MOD", "fd": 5, "events": "IN"})
    assert failed.rules == NOTHING, "one that failed is a try to do something"


def test_reports_that_rotate_for_want_of_room_are_a_spin_of_each() -> None:
    def rotated(maxevents: int, between: int | None = None) -> Told:
        told = Told().client("IN").client("IN", fd=6)
        for fd in (5, 6) * 4:
            told.wait((fd, "IN"), maxevents=maxevents)
            if fd == between:
                told.read(1, fd=fd)
        return told

    assert [one.fd for one in rotated(1).found] == [5, 6] and rotated(1).ends == [None, None]
    assert rotated(2).rules == NOTHING, "there was room: what is not named has fallen"
    assert [one.fd for one in rotated(1, between=5).found] == [6]


def ended(*reads: int | str, call: str = "recv", flags: str = "IN", told: Told | None = None) -> Told:
    """Of fd 5, a report before each read and one at the end."""
    told = told or Told().client("IN")
    told.wait((5, flags))
    for one in reads:
        error = one if isinstance(one, str) else None
        told.call(call, fd=5, ret=-1 if error else one, error=error, args={"size": 64}).wait((5, flags))
    return told


@pytest.mark.parametrize(
    ("reads", "flags"),
    [
        ((0, 0, 0), "IN"), ((0,) * 9, "IN"), (("ECONNRESET",) * 3, "ECONNRESET"), ((5, 0, 0, 0), "IN"),
        (("ETIMEDOUT", "ETIMEDOUT", "ETIMEDOUT", "ETIMEDOUT"), "ETIMEDOUT"),
    ],
)  # fmt: skip
def test_an_end_that_is_read_again_and_again_is_a_spin(reads: tuple[int | str, ...], flags: str) -> None:
    told = ended(*reads)
    assert told.rules == [("end-spin", "certain")] and told.ends == [None]
    assert told.found[0].flags == flags
    at = told.trace[told.found[0].evidence[1]]
    assert (at.call, at.fd) == ("recv", 5), "its place is the read"


@pytest.mark.parametrize(
    "reads",
    [(0, 0), (0, 5, 0, 0), (0, 0, "EAGAIN", 0), ("ECONNRESET", 0, 0), ("EAGAIN",) * 5, ("EINTR",) * 5, (0, 0, "EINTR")],
)
def test_an_end_that_is_read_and_left_is_none(reads: tuple[int | str, ...]) -> None:
    assert ended(*reads).rules == NOTHING


def test_who_reads_an_end_and_does_something_is_at_work() -> None:
    told = Told().client("IN").wait((5, "IN"))
    for _ in range(5):
        told.read(0).write(4, 4).wait((5, "IN"))
    assert told.rules == NOTHING, "it still answers"
    assert ended(0, 0).add(5, "OUT", op="MOD").wait((5, "OUT")).rules == NOTHING
    assert ended(0, 0).close(5).rules == NOTHING
    assert ended(0, 0, 0).wait((5, "IN|HUP")).ends == ["changed"]
    asks_for_nothing = Told().client("IN").wait((5, "IN"))
    for _ in range(5):
        asks_for_nothing.read(0, size=0).wait((5, "IN"))
    assert asks_for_nothing.rules == NOTHING
    datagrams = Told().call("socket", ret=5, args={"family": "AF_INET", "type": "SOCK_DGRAM"}).add(5, "IN")
    assert ended(0, 0, 0, 0, call="recvfrom", told=datagrams).rules == NOTHING, "an empty datagram is no end"


def test_a_slow_machine_makes_no_other_spin_of_it() -> None:
    free = Told("trace", held=False).client("IN")
    for took in (2000, 3 * MS, 2000, 5 * MS, 2000, 2 * MS):
        free.wait((5, "IN"), took=took)
    assert free.rules == [("level-ignored", "certain")] and free.ends == [None], (
        "a level that stands lets no wait sleep"
    )


def foreign(kind: str, times: int, recv: tuple[int, ...], flags: str = "IN") -> Told:
    """A spin on fd 9, of which nothing is known, that shows such amounts by turns."""
    told = Told(kind, held=False).add(9, "IN")
    for n in range(times):
        told.wait((9, flags), fd9=recv[n % len(recv)])
    return told


@pytest.mark.parametrize(
    ("told", "sure"),
    [
        (lambda: foreign("trace", 4, (7,)), "certain"),
        (lambda: foreign("run", 4, (7,)), "possible"),
        (lambda: foreign("run", 31, (7,)), "possible"),
        (lambda: foreign("run", 32, (7,)), "likely"),
        (lambda: foreign("run", 99, (7, 8)), "possible"),
        (lambda: foreign("run", 99, (65_536,)), "possible"),
        (lambda: foreign("run", 99, (0,)), "possible"),
        (lambda: foreign("run", 4, (7,), "HUP"), "certain"),
        (lambda: foreign("run", 4, (7,), "IN|HUP"), "possible"),
    ],
)
def test_under_run_a_call_may_pass_us_by(told: Any, sure: str) -> None:
    assert [level for _, level in told().rules] == [sure]


def test_under_run_a_socket_whose_calls_are_seen_is_sure() -> None:
    def spun(*before: str) -> list[tuple[str, str]]:
        told = Told("run", held=False).client("IN")
        for _ in before:
            told.wait((5, "IN")).read(4)
        for _ in range(4):
            told.wait((5, "IN"))
        return told.rules

    assert spun("read") == [("level-ignored", "certain")]
    assert spun() == [("level-ignored", "likely")], "no call on it yet: it may be another's to read"


def test_under_run_an_edge_that_nobody_reads_is_no_surer() -> None:
    def ignored(kind: str, fd: int) -> list[tuple[str, str]]:
        told = Told(kind, held=False).client() if fd == 5 else Told(kind, held=False).add(fd, "IN|ET")
        return told.wait((fd, "IN"), **{f"fd{fd}": 8}).sleep().rules

    assert ignored("run", 9) == [("ignored-edge", "possible")]
    assert ignored("run", 5) == [("ignored-edge", "likely")]
    assert ignored("lab", 9) == ignored("lab", 5) == [("ignored-edge", "certain")]


# --- the rest --------------------------------------------------------------------------------------------------------


def failing(times: int, between: Callable[[Told], Told] = lambda told: told, told: Told | None = None) -> Told:
    """accept fails so often, each time after a wait that reported the listener."""
    told = told or Told().add(3, "IN")
    for n in range(times):
        told.wait((3, "IN")).accept(error="EMFILE")
        if n + 1 < times:
            between(told)
    return told


def test_accept_exhausted() -> None:
    assert failing(1).rules == NOTHING
    assert failing(2).rules == failing(3).rules == [("accept-exhausted", "possible")]
    assert failing(4).rules == failing(9).rules == [("accept-exhausted", "certain")]
    assert failing(4).accept(error="EMFILE").accept(5).ends == ["accepted"]
    assert Told().accept(error="EMFILE").accept(5).accept(error="EMFILE").rules == NOTHING
    assert Told().accept(error="ENFILE").accept(error="ENFILE").rules == [("accept-exhausted", "possible")]


@pytest.mark.parametrize(
    "between",
    [
        lambda told: told.add(3, "", op="MOD").add(3, "IN", op="MOD"),
        lambda told: told.drop(3).add(3, "IN"),
        lambda told: told.wait((5, "IN")),
        lambda told: told.wait(),
    ],
)
def test_who_stops_asking_for_a_while_is_not_exhausted_for_sure(between: Callable[[Told], Told]) -> None:
    assert failing(9, between, Told().add(3, "IN").client("IN")).rules == [("accept-exhausted", "possible")]


def test_what_is_no_pause_is_none() -> None:
    for between in (
        lambda told: told.wait((5, "IN"), maxevents=1).read(4),
        lambda told: told.wait(timeout=0),
        lambda told: told.accept(error="EMFILE").accept(error="EMFILE"),
        lambda told: told.add(5, "IN|OUT", op="MOD"),
    ):
        told = failing(4, between, Told().add(3, "IN").client("IN"))
        assert told.rules == [("accept-exhausted", "certain")]
        told = failing(3, between, Told().add(3, "IN").client("IN"))
        assert told.rules == [("accept-exhausted", "possible")], "within one turn they count once"


@pytest.mark.parametrize("kind", ["lab", "trace"])
def test_a_worker_may_arm_again_when_it_is_done(kind: str) -> None:
    def disarmed(reader: int) -> list[tuple[str, str]]:
        told = Told(kind, held=kind == "lab").client("IN|ONESHOT")
        told.event(call="epoll_wait", fd=4, tid=1, ret=1, ready=[(5, "IN")], args={"timeout": -1}, took=2000)
        told.event(call="recv", fd=5, tid=reader, ret=3, args={"size": 64})
        told.look(5, recv=8, level="IN")
        told.event(call="epoll_wait", fd=4, tid=1, phase="enter", args={"timeout": -1})
        if kind == "trace":
            told.event(1100 * MS, call="epoll_wait", fd=4, tid=1, ret=0, ready=[], args={"timeout": -1})
        return told.look(5, recv=8, level="IN").rules

    assert disarmed(reader=1) == [("disarmed", "certain")]
    assert disarmed(reader=2) == [("disarmed", "possible")]


def gone(*calls: str, flags: str = "IN|RDHUP", recv: int = 99, kind: str = "lab") -> Told:
    """A peer that has sent something and ended; then such calls on its fd, and the close."""
    told = Told(kind, held=kind == "lab").client("IN|RDHUP").wait((5, flags), fd5=recv)
    for call in calls:
        told.call(call, fd=5, ret=4, args={"size": 4})
    return told.close(5)


def test_a_peer_s_end_is_not_the_end_of_what_it_sent() -> None:
    lost = gone()
    assert lost.rules == [("closed-unread", "likely")] and lost.found[0].amount(99) == 99
    assert lost.found[0].client == "#1" and lost.ends == [None]
    assert lost.wait().ends == ["closed"]
    assert gone(flags="IN|HUP").rules == [("closed-unread", "likely")]
    assert gone("send").rules == [("closed-unread", "likely")]
    for sound in (gone("recv"), gone("read"), gone("recvmsg"), gone("splice"), gone(flags="IN"), gone(flags="RDHUP")):
        assert sound.rules == NOTHING
    assert gone(recv=0).rules == NOTHING, "the end alone"
    unseen = Told().client("IN|RDHUP").wait((5, "IN|RDHUP")).close(5)
    assert unseen.rules == NOTHING, "nobody looked"
    assert Told().client("IN|RDHUP").wait((5, "IN|RDHUP")).look(5, recv=7).close(5).rules == [
        ("closed-unread", "likely")
    ]
    assert gone().client("IN", fd=5).close(5).rules == [("closed-unread", "likely")], (
        "the next of that number is another"
    )


def test_what_is_left_of_tls_is_possible() -> None:
    assert Told("run", held=False).client("IN|RDHUP").tls("SSL_read", 5).wait((5, "IN|RDHUP"), fd5=99).close(
        5
    ).rules == [("closed-unread", "possible")]
    assert gone(kind="trace", recv=64).rules == [("closed-unread", "possible")]
    assert gone(kind="trace", recv=65).rules == gone(kind="run", recv=1).rules == [("closed-unread", "likely")]
    foreign = Told("run", held=False).add(9, "IN|RDHUP").wait((9, "IN|RDHUP"), fd9=99).close(9)
    assert foreign.rules in (NOTHING, [("closed-unread", "possible")])


def ghost() -> Told:
    return Told().client("IN").call("dup", fd=5, ret=6).close(5).wait((5, "IN"))


def test_ghost_fd() -> None:
    told = ghost()
    assert told.rules == [("ghost-fd", "certain")]
    one = told.found[0]
    assert (one.fd, one.other, one.client) == (5, 6, "#1")
    assert told.wait((5, "IN")).rules == [("ghost-fd", "certain")], "found once"
    assert told.close(6).ends == ["closed"]


def test_no_ghost_where_the_number_is_registered_anew() -> None:
    told = Told().client("IN").close(5).client("IN").wait((5, "IN"))
    assert told.rules == NOTHING
    told = Told().client("IN").drop(5).call("dup", fd=5, ret=6).close(5).wait((6, "IN"))
    assert told.rules == NOTHING


def test_an_event_on_its_way_when_the_fd_is_closed_is_no_ghost() -> None:
    told = Told().client("IN").sleep().close(5).wait((5, "IN"))  # another thread closed it
    assert told.rules == NOTHING


def looping(kind: str = "lab", *, held: bool = True) -> Told:
    """A loop that watches the listener and a connection, which was reported."""
    return Told(kind, held=held).add(3, "IN").client("IN").wait((5, "IN"))


def slow(told: Told, **fields: Any) -> Told:
    return told.call("recv", **({"fd": 5, "ret": 4, "args": {"size": 4, "blocking": True}, "took": 12 * MS} | fields))


def test_blocking_io() -> None:
    told = looping().event(call="recv", fd=5, phase="enter")
    assert told.rules == [("blocking-io", "certain")]
    assert told.read(4).ends == ["returned"]


def test_a_duration_alone_is_no_more_than_possible() -> None:
    free = slow(looping("run", held=False))
    assert free.rules == [("blocking-io", "possible")] and free.found[0].turns[0].amount == 12 * MS
    assert slow(looping("run", held=False), took=9 * MS).rules == NOTHING
    assert slow(looping("run", held=False), took=9000 * MS).rules == [("blocking-io", "possible")]


def test_what_began_where_nothing_was_to_be_had_has_blocked() -> None:
    assert slow(looping("run", held=False).read(2)).rules == [("blocking-io", "certain")], "a short read before it"
    assert slow(looping("run", held=False).read(4)).rules == [("blocking-io", "possible")]
    assert slow(looping("run", held=False).wait((3, "IN"))).rules == [("blocking-io", "certain")], "not reported"
    assert slow(looping("run", held=False).read(2).wait((5, "IN"))).rules == [("blocking-io", "possible")]
    told = looping("run", held=False).wait((3, "IN"), maxevents=1)
    assert slow(told).rules == [("blocking-io", "possible")], "it may not have had room"


@pytest.mark.parametrize("kind", ["run", "library", "pytest"])
def test_what_is_not_known_to_block_has_not_blocked_however_long_it_took(kind: str) -> None:
    for args in ({"size": 4}, {"size": 4, "blocking": True, "flags": "DONTWAIT"}, {"size": 4, "timeout_s": 9.0}):
        for took in (12 * MS, 9000 * MS):
            assert slow(looping(kind, held=False).read(2), args=args, took=took).rules == NOTHING


@pytest.mark.parametrize("args", [{"flags": "MSG_DONTWAIT"}, {"timeout_s": 1.0}])
def test_what_cannot_block_is_not_found_asleep(args: dict[str, Any]) -> None:
    assert looping().event(call="recv", fd=5, phase="enter", args=args).rules == NOTHING


def test_a_call_blocks_a_loop_only_where_its_thread_has_one_that_watches_others() -> None:
    alone = Told().client("IN").wait((5, "IN")).event(call="recv", fd=5, phase="enter")
    assert alone.rules == NOTHING, "nothing else is watched"
    other = looping().event(call="recv", fd=5, phase="enter", tid=7)
    assert other.rules == NOTHING, "the loop is another thread's"
    gone = looping().close(3).event(call="recv", fd=5, phase="enter")
    assert gone.rules == NOTHING, "the other one was closed"


def test_a_look_by_poll_whether_a_connection_lives_makes_no_loop() -> None:
    def asked(*interest: list[Any]) -> Told:
        told = Told().accept(5, left=0).accept(6, left=0)
        told.call("poll", ret=0, ready=[], args={"interest": list(interest), "timeout": 0})
        return told.event(call="recv", fd=5, phase="enter")

    assert asked([5, "IN"]).rules == NOTHING
    assert asked([5, "IN"], [6, "IN"]).rules == [("blocking-io", "certain")]


def test_a_poll_of_one_fd_takes_no_loop_away() -> None:
    told = looping().call("poll", ret=0, ready=[], args={"interest": [[5, "IN"]], "timeout": 0})
    assert told.event(call="recv", fd=5, phase="enter").rules == [("blocking-io", "certain")]


def test_no_blocking_io_where_nothing_waits_for_the_fd_or_it_was_quick() -> None:
    free = Told("run", held=False).accept(5, left=0)
    free.call("recv", fd=5, ret=4, args={"size": 4}, took=12 * MS)
    assert free.rules == NOTHING
    free = Told("run", held=False).client("IN")
    free.call("recv", fd=5, ret=4, args={"size": 4}, took=9 * MS)
    free.call("recv", fd=5, ret=-1, error="EAGAIN", took=12 * MS)
    assert free.rules == NOTHING


def test_what_is_only_counted() -> None:
    told = Told().client("IN").client("IN", fd=6).wait((5, "IN")).again().wait((5, "IN"), (6, "IN"), maxevents=2)
    told.read(4).again()
    n = len(told.trace)
    assert told.trace.findings.counted("wasted", n) == {"edge": 1}
    assert told.trace.findings.counted("saturated", n) == {"edge": 1}
    assert told.trace.findings.counted("wasted", 5) == {} and told.rules == NOTHING


def test_a_program_that_ends_ends_its_findings() -> None:
    told = Told().client().wait((5, "IN"), fd5=12).sleep().end()
    assert told.ends == ["ended"] and told.trace.findings_at(len(told.trace) - 1) == []
