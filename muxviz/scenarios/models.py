"""Four ways to write the same server: who waits, and where."""

from muxviz.scenarios.model import Scenario, Specimen, close, connect, read, send, together

SCENARIO = Scenario(
    name="models",
    title="four ways to write one echo server",
    group="Limits and cost",
    summary="blocking, spinning, poll, asyncio",
    story="The same exchange with four servers: one that blocks and serves one client after the other, one that never "
    "waits, one that sleeps in poll, and one on asyncio, whose coroutines read as if they blocked.",
    question="Where does each server wait, and for whom?",
    watch="each lane's call while it sleeps: recv waits for one client, poll and epoll_wait for all of them.",
    lanes=(
        Specimen("block", "blocking", "blocking_echo.py"),
        Specimen("spin", "non-blocking", "nonblocking_echo.py"),
        Specimen("poll", "multiplexed", "poll_echo.py", mechanism="poll"),
        Specimen("asyncio", "asynchronous", "asyncio_echo.py", mechanism="level"),
    ),
    fixes=(),
    patience=8,
    beats=(
        together("A connects", connect("A"), after=24),  # asyncio takes its time to begin
        connect("B"),
        send("B", b"hello from B"),
        read("B", 4096, expect=b"hello from B"),
        close("A"),
        read("B", 4096, label="B reads again"),
    ),
    follow="B",
)
