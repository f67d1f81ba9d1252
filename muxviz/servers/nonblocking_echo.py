"""An echo server without waiting: it asks every socket again and again. With a poll before each round it may rest."""

import argparse
import select
import socket

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
parser.add_argument("--ready", action="store_true", help="sleep in poll until there is something to ask for")
opt = parser.parse_args()

listener = socket.create_server(("127.0.0.1", opt.port))
print("listening on port", listener.getsockname()[1], flush=True)

listener.setblocking(False)
conns = []
p = select.poll()
p.register(listener, select.POLLIN)

while True:
    if opt.ready:
        p.poll()
    try:
        c, _ = listener.accept()
        c.setblocking(False)
        conns.append(c)
        p.register(c, select.POLLIN)
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
            p.unregister(c)
            conns.remove(c)
            c.close()
