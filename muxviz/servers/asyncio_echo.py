"""An echo server on asyncio: its loop waits in epoll, and a coroutine for each connection reads as if it blocked."""

import argparse
import asyncio

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 lets the kernel pick one")
opt = parser.parse_args()


async def serve(reader, writer):
    while True:
        data = await reader.read(4096)
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", opt.port)
    port = server.sockets[0].getsockname()[1]
    print("listening on port", port, flush=True)
    await server.serve_forever()


asyncio.run(main())
