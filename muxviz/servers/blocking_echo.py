"""An echo server without any multiplexer: blocking calls, one client after the other."""

import argparse
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

while True:
    c, _ = listener.accept()
    while True:
        data = c.recv(4096)
        if not data:
            break
        c.send(data)
    c.close()
