"""A drain that never ends: one busy client, and another that waits for its turn."""

from muxviz.scenarios.model import Beat, Fix, Scenario, Specimen, busy, connect, send, together

BYTES = b"abcdefghijklmnopqrstuvwx"


def _on(number: int) -> Beat:
    """A sends more before what it sent has been read."""
    return together(f"A sends {len(BYTES)} again" if number else f"A sends {len(BYTES)}", send("A", BYTES), after=6)


SCENARIO = Scenario(
    name="starvation",
    title="A sends on and on, B sends once",
    group="Edge-triggered",
    summary="a drain that never ends",
    story="Two servers read until EAGAIN, 4 bytes a time, and the client that they read from sends on. Another client "
    "has sent 4 bytes. The third server reads once for each report, the last twice, and comes back.",
    question="When is it B's turn?",
    watch="B's wire: 4 bytes, high for as long as A's drain goes on. One read for each report, or a budget, is fair.",
    lanes=(
        Specimen("level", "level, drains", "greedy_epoll.py", mechanism="level"),
        Specimen("edge", "edge, drains", "greedy_epoll.py", ("--edge",), "edge"),
        Specimen("one", "level, one read", "greedy_epoll.py", ("--budget", "1"), "level"),
        Specimen("budget", "edge, budget of 2", "greedy_epoll.py", ("--edge", "--budget", "2"), "edge"),
    ),
    fixes=(Fix("budget", "2 reads a turn", ("--budget", "2")),),
    beats=(
        connect("A"),
        connect("B"),
        busy("A sends 24, B sends 4", send("A", BYTES), send("B", b"B...")),
        *(_on(number) for number in range(1, 4)),
    ),
    follow="B",
)
