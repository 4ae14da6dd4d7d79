#!/usr/bin/env python3
"""An HTTP proxy that knows CONNECT and nothing else: the only way out of some networks.

usage: proxy.py ADDRESS PORT

Prints "ready" once it listens.
"""

import asyncio
import sys

HEAD_MAX = 8192


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def open_target(head):
    """The connection that a request asks for, or None."""
    words = head.split(b"\r\n", 1)[0].split()
    if len(words) != 3 or words[0] != b"CONNECT":
        return None
    host, _, port = words[1].decode("ascii", "replace").rpartition(":")
    try:
        return await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, ValueError):
        return None


async def serve(reader, writer):
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        writer.close()
        return
    target = await open_target(head)
    if target is None:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(copy(reader, target[1]), copy(target[0], writer))


async def main(address, port):
    server = await asyncio.start_server(serve, address, int(port), limit=HEAD_MAX)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
