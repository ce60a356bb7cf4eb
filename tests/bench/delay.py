#!/usr/bin/env python3
"""A distance: relays connections to a port of 127.0.0.1, each byte DELAY seconds late.

    delay.py PORT DELAY     writes the port it listens at, and runs until it is killed

What passes is not slowed, only late: a round trip takes two times DELAY longer.
"""
import asyncio
import sys

PORT, DELAY = int(sys.argv[1]), float(sys.argv[2])


async def late(reader, writer):
    """Passes on what comes, each piece DELAY after it came."""
    pieces = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def send():
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    sender = asyncio.create_task(send())
    try:
        while data := await reader.read(1 << 18):
            await pieces.put((loop.time() + DELAY, data))
    except ConnectionError:
        pass
    await pieces.put((loop.time() + DELAY, b""))
    try:
        await sender
    except ConnectionError:
        pass


async def connected(reader, writer):
    try:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", PORT)
    except OSError:
        writer.close()
        return
    await asyncio.gather(late(reader, there_writer), late(there_reader, writer))


async def main():
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
