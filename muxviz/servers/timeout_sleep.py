"""An echo server that uses select(2) as a clock: three empty lists and a timeout, then a look at every socket."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--timeout", type=float, help="seconds that each sleep lasts; without it, for ever")
opt = parser.parse_args()
timeout = opt.timeout

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

listener.setblocking(False)
conns = []

while True:
    select.select(
        [],
        [],
        [],
        timeout,
    )
    try:
        c, _ = listener.accept()
        c.setblocking(False)
        conns.append(c)
    except BlockingIOError:
        pass
    for c in conns[:]:
        try:
            data = c.recv(4096)
        except BlockingIOError:
            continue
        if data:
            c.send(data)
        else:
            conns.remove(c)
            c.close()
