"""A WebSocket client for tests that are not asynchronous."""

import asyncio
import json
import threading
from concurrent.futures import TimeoutError as FutureTimeout

import websockets
from websockets.exceptions import ConnectionClosed

FRAME_SECONDS = 10.0


class Closed(Exception):
    """The connection ended; `code` is its close code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class LiveClient:
    """One connection. The loop runs in a thread of its own, so that pings are answered whatever the test does."""

    def __init__(self, url: str, token: str | None = None, cookie: str | None = None) -> None:
        headers = {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if cookie is not None:
            headers["Cookie"] = f"authorization={cookie}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._socket = self._wait(self._open(url, headers), FRAME_SECONDS)
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> "LiveClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, **frame: object) -> None:
        self.send_text(json.dumps(frame))

    def send_text(self, text: str) -> None:
        self._wait(self._socket.send(text), FRAME_SECONDS)

    def receive(self, seconds: float = FRAME_SECONDS) -> dict:
        """The next frame. Raises Closed at the end of the connection, AssertionError when nothing comes."""

        async def next_frame() -> str:
            return await asyncio.wait_for(self._socket.recv(), seconds)

        try:
            return json.loads(self._wait(next_frame(), seconds + 5))
        except ConnectionClosed as error:
            raise Closed(error.code) from error
        except (asyncio.TimeoutError, FutureTimeout) as error:
            raise AssertionError(f"no frame within {seconds} s") from error

    def receive_type(self, kind: str, seconds: float = FRAME_SECONDS) -> dict:
        frame = self.receive(seconds)
        assert frame["type"] == kind, frame
        return frame

    def nothing_before(self, request: dict, answer: str) -> None:
        """Nothing was pushed: the answer to `request` is the next frame. Frames of one connection keep their order."""
        self.send(**request)
        self.receive_type(answer)

    def close_code(self, seconds: float = FRAME_SECONDS) -> int:
        """The code the server closes with; nothing else may come before."""
        try:
            frame = self.receive(seconds)
        except Closed as closed:
            return closed.code
        raise AssertionError(f"still open: {frame}")

    def close(self) -> None:
        try:
            self._wait(self._socket.close(), FRAME_SECONDS)
        finally:
            self._stop()

    @staticmethod
    async def _open(url: str, headers: dict[str, str]):
        return await websockets.connect(url, extra_headers=headers)

    def _wait(self, coroutine, seconds: float):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(seconds)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
