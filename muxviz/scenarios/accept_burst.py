"""More connections than one accept takes, and than the accept queue holds."""

from muxviz.scenarios.model import Fix, Scenario, begin, busy, finish, read, send

SCENARIO = Scenario(
    name="accept-burst",
    title="one accept per report, and an accept queue for two",
    group="Edge-triggered",
    summary="three connect at once, one accept",
    story="Three clients connect while the servers are busy. The accept queue holds two (a backlog of 1); the kernel "
    "drops the third's SYN, and TCP sends it again after a second. Each server accepts one per report.",
    question="Who is let in, and who waits for ever?",
    watch="the listener: `to accept` is its queue. An edge-triggered one is reported once for what came together.",
    server_options=("--backlog", "1"),
    fixes=(Fix("drain", "accept until EAGAIN", ("--drain",)),),
    follow="C",
    shows=("stranded-connection",),
    beats=(
        busy("A, B, C connect at once", begin("A"), begin("B"), begin("C")),
        finish("C", label="C tries again after 1 s"),
        send("C", b"hello, world"),
        read("C", 4096, expect=b"hello, world"),
    ),
)
