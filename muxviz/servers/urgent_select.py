"""An echo server on select(2) that has its connections in the exceptional list as well."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--oob", action="store_true", help="read the urgent byte, with MSG_OOB")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

socks = [listener]

while True:
    r, w, x = select.select(
        socks,
        [],
        socks,
    )
    for s in x:
        if opt.oob:
            s.recv(
                1,
                socket.MSG_OOB,
            )
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
