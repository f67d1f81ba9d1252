"""A client that does not read: the send buffer fills, send takes a part, and OUT says when there is room again."""

from muxviz.scenarios.model import Fix, Scenario, connect, read, send

SCENARIO = Scenario(
    name="slow-reader",
    title="the client asks for more than it reads",
    group="Writing",
    summary="a full send buffer, OUT as it drains",
    story="A client sends 16 KiB, then 8 more, and reads none of the echo. The send buffers fill: send takes a "
    "part, the rest waits in the program, and the server asks for OUT.",
    question="The reply does not fit into the kernel. Who keeps the rest, and when does it go on?",
    watch="high = room to send. It falls when the buffer is full; ● ▲ say that the client has made room.",
    server_options=("--sndbuf", "4096", "--recv-size", "65536"),
    fixes=(Fix("pause", "no reads meanwhile", ("--pause",)),),
    acknowledged=True,
    side="OUT",
    beats=(
        connect("A", rcvbuf=4096),
        send("A", bytes(16384), label="A sends 16K, reads none"),
        send("A", bytes(8192), label="A sends 8K more"),
        read("A", 4096, label="A reads 4096"),
        read("A", 65536, label="A reads what is there"),
    ),
)
