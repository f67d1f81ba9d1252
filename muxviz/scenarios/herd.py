"""Four worker processes on one listener: how many wake for one connection."""

from muxviz.scenarios.model import Fix, Scenario, Specimen, connect, read, send

SCENARIO = Scenario(
    name="herd",
    title="four workers wait on one listener",
    group="Many workers",
    summary="one connection wakes four processes",
    story="Four processes have the same listener, each an epoll of its own. A client connects, and another.",
    question="How many of them wake for one connection?",
    watch="● in every lane that is told of the connection; one accept succeeds, the others meet EAGAIN. d: register "
    "with EPOLLEXCLUSIVE, then all on one epoll, by level and by edge.",
    lanes=tuple(Specimen(f"w{k}", f"w{k}", "worker.py") for k in range(1, 5)),
    inherits=True,
    fixes=(
        Fix("exclusive", "EPOLLEXCLUSIVE", ("--exclusive",)),
        Fix("shared", "one epoll for all", ("--shared",)),
        Fix("shared-edge", "one epoll, edge", ("--shared", "--edge")),
    ),
    follow="fd 3",
    beats=(
        connect("A"),
        connect("B"),
        send("A", b"hello"),
        send("B", b"world"),
        read("A", 4096, expect=b"hello"),
        read("B", 4096, expect=b"world"),
    ),
)
