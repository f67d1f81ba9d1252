"""An echo server on select(2) that waits no longer than it is told."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--timeout", type=float, help="seconds after which a wait returns empty; without it, never")
opt = parser.parse_args()
timeout = opt.timeout

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

socks = [listener]
idle = 0  # waits that came back empty: the time for other work

while True:
    r, w, x = select.select(
        socks,
        [],
        [],
        timeout,
    )
    if not r:
        idle += 1
    for s in r:
        if s is listener:
            c, _ = s.accept()
            socks.append(c)
            continue
        data = s.recv(4096)
        if data:
            s.send(data)
        else:
            socks.remove(s)
            s.close()
