"""The stream of server-sent events that tells open pages when to look again.

An event carries nothing but a number: what it means for a page, the page asks for itself. So a lost event, a tab
that slept or a restart of the server cost nothing: asking once brings everything up to date.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

#: Seconds after which a line is sent that means nothing, to notice connections that are gone.
HEARTBEAT = 15.0
#: Streams that one device may hold: a browser opens at most six to a server. And all devices together.
MOST_OF_CLIENT = 12
MOST = 120
#: Milliseconds after which a browser connects again.
RETRY = 400


class Stream:
    """One event loop's open streams. :meth:`send` and :meth:`close` may be called from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: dict[asyncio.Queue[int | None], str] = {}  # with the device of each, the oldest first
        self._closed = False

    @property
    def count(self) -> int:
        """How many browsers listen now."""
        return len(self._queues)

    def send(self, version: int) -> None:
        """Tell everybody that the site is now at ``version``."""
        self._put(version)

    def close(self) -> None:
        """End all streams, so that the server need not wait for them."""
        self._closed = True
        self._put(None)

    def _put(self, item: int | None) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self._put_all, item)
        except RuntimeError:  # the loop is closed already, and its streams with it
            self._queues.clear()

    def _put_all(self, item: int | None) -> None:
        for queue in self._queues:
            queue.put_nowait(item)

    def _make_room(self, client: str) -> None:
        """End the oldest streams beyond what a device, and all of them, may hold: each takes a connection."""
        of_client = [queue for queue, holder in self._queues.items() if holder == client]
        beyond = of_client[: max(0, len(of_client) + 1 - MOST_OF_CLIENT)]
        others = [queue for queue in self._queues if queue not in beyond]
        for queue in beyond + others[: max(0, len(others) + 1 - MOST)]:
            del self._queues[queue]
            queue.put_nowait(None)

    async def events(self, version: int, client: str = "") -> AsyncIterator[bytes]:
        """The bytes of one stream to ``client`` (its address), beginning with the version that the site has now."""
        self._loop = asyncio.get_running_loop()
        self._make_room(client)
        queue: asyncio.Queue[int | None] = asyncio.Queue()
        self._queues[queue] = client
        try:
            yield f"retry: {RETRY}\ndata: {version}\n\n".encode()
            while not self._closed:
                try:
                    item = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if item is None:
                    return
                yield f"data: {item}\n\n".encode()
        finally:
            self._queues.pop(queue, None)
