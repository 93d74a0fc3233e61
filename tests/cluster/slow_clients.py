"""Clients that send a byte every few seconds and never finish, by the thousand, from many addresses of this machine."""

import asyncio
import itertools
import resource
import threading
from contextlib import suppress

PAUSE = 4
"""Seconds between two bytes; nginx waits 15 for the next."""
HEADERS = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = b"POST /consultation/request/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 30000\r\n\r\nnote="
OF_ONE_ADDRESS = 20
"""So many bodies come from one address, fewer than any address may have in hand."""


class SlowClients:
    """So many clients that trickle headers and so many that trickle bodies, for as long as the block runs.

    Whoever is cut off comes back at once. `held` is how many have a connection at the moment.
    """

    def __init__(self, port: int, *, headers: int, bodies: int) -> None:
        self.port, self.headers, self.bodies = port, headers, bodies
        self.held = 0
        self._enough = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._all()])

    def __enter__(self) -> "SlowClients":
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self._thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join()

    async def _all(self) -> None:
        numbers = itertools.count(OF_ONE_ADDRESS)
        clients = [self._keep_coming(HEADERS, next(numbers)) for _ in range(self.headers)]
        clients += [self._keep_coming(BODY, next(numbers)) for _ in range(self.bodies)]
        tasks = [asyncio.create_task(client) for client in clients]
        await self._enough.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_coming(self, beginning: bytes, number: int) -> None:
        third, fourth = divmod(number // OF_ONE_ADDRESS, 250)
        while True:
            with suppress(OSError):
                await self._trickle(beginning, f"127.1.{third}.{fourth + 1}")
            await asyncio.sleep(0.1)

    async def _trickle(self, beginning: bytes, address: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        self.held += 1
        # An answer, or the end of the connection, is the end of this try.
        answer = asyncio.create_task(reader.read(1))
        try:
            writer.write(beginning)
            while not answer.done():
                await asyncio.wait([answer], timeout=PAUSE)
                writer.write(b"x")
            await answer
        finally:
            self.held -= 1
            answer.cancel()
            writer.transport.abort()
