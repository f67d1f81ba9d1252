"""One busy connection among more and more idle ones: what each wait costs, measured."""

from muxviz.scenarios.model import Act, Beat, Scenario, Specimen, busy, connect, send

STAGES = (10, 100, 1_000, 3_000, 10_000)
"""Idle connections."""
SELECT_MOST = 1_000
"""select(2) can't watch an fd of 1024 or more (FD_SETSIZE): its lane's crowd stops before."""
ASKED = 4
"""Messages of the busy client at each stage, each a measurement."""


def _grows(before: int, to: int) -> Beat:
    lanes = () if to <= SELECT_MOST else ("poll", "epoll")
    return Beat(f"crowd grows to {to}", (Act("crowd", "connect", count=to - before, lanes=lanes),), free=True)


def _asks(number: int) -> Beat:
    return busy(f"A sends message {number}", send("A", b"ping"))


SCENARIO = Scenario(
    name="crowd",
    title="one busy client among more and more idle ones",
    group="Limits and cost",
    summary="10,000 idle clients and a busy one",
    story="One client sends a little message now and then. Around it a crowd of connections grows that say nothing: "
    "10, 100, 1,000, 3,000, 10,000 of them. Each server waits for all.",
    question="What does a wait cost that has one thing to report?",
    watch="the curve: what the waits took that had something to report already. select and poll go through everything "
    "that they watch, epoll only through what is ready. select stops before fd 1024.",
    lanes=(
        Specimen("select", "select", "many_select.py", mechanism="select"),
        Specimen("poll", "poll", "many_poll.py", mechanism="poll"),
        Specimen("epoll", "epoll level", "many_epoll.py", mechanism="level"),
    ),
    fixes=(),
    follow="A",
    panel="cost",
    beats=(
        connect("A"),
        _asks(1),
        *(
            beat
            for k, (before, to) in enumerate(zip((0, *STAGES), STAGES, strict=False))
            for beat in (_grows(before, to), *(_asks(2 + k * ASKED + i) for i in range(ASKED)))
        ),
    ),
)
