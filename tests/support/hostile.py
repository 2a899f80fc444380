"""Clients that mean harm, and patient ones that must not notice them. Raw sockets: no library would send such things."""

import asyncio
import collections
import contextlib
import json
import random
import socket
import struct
import urllib.parse

PATIENCE_SECONDS = 10.0
# How long an attacker keeps a connection at most before it tries another.
GRIP_SECONDS = 20.0


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _post(path: str, body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST %s HTTP/1.1" % path.encode(), b"Host: x", b"Content-Type: application/json", *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])


_GOOD_GET = b"GET /find-jobs?title=engineer HTTP/1.1\r\nHost: x\r\n\r\n"
_GOOD_POST = _post("/login", b'{"email":"nobody@example.com","password":"wrong password"}')
_UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def _frame(opcode: int, payload: bytes, *, final: bool = True, masked: bool = True) -> bytes:
    """A WebSocket frame (RFC 6455 §5.2), with the zero mask, or without the mask a client owes."""
    head = bytes([opcode | (0x80 if final else 0)])
    flag = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([flag | len(payload)])
    elif len(payload) < 65536:
        head += bytes([flag | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([flag | 127]) + struct.pack("!Q", len(payload))
    return head + (b"\0\0\0\0" if masked else b"") + payload


def _bad_requests(rng: random.Random) -> list[bytes]:
    """Whole requests that deserve an error, or nothing."""
    return [
        rng.randbytes(rng.randrange(1, 4000)),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + rng.randbytes(300),  # a TLS hello
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + rng.randbytes(40),
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /" + b"/" * 64_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"/" * 15_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%zz%2 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /find-jobs?title=%ff%fe&" + b"a=b&" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(8_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
        b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 10_000,
        _post("/login", b"[" * 200_000),
        _post("/login", b'{"email":' * 5_000),
        _post("/login", b'{"email":"' + b"\\ud800" * 20_000 + b'"}'),
        _post("/login", b'{"email":"\xc3\x28","password":"x"}'),
        _post("/login", b'{"n":' + b"9" * 300_000 + b"}"),
        _post("/login", rng.randbytes(20_000)),
        _post("/sign-up", json.dumps({f"k{n}": n for n in range(5_000)}).encode()),
        _post("/login", b"{}", b"Authorization: Bearer " + b"a." * 10_000),
        _post("/login", b"{}", b"Cookie: authorization=" + rng.randbytes(2_000).hex().encode()),
    ]


class Attacker:
    """One hostile client: chooses an attack, carries it out, chooses another."""

    def __init__(self, host: str, port: int, seed: int) -> None:
        self.host, self.port = host, port
        self.rng = random.Random(seed)
        self.attacks = collections.Counter()

    async def run(self) -> None:
        choices = [
            self.send_bad_request, self.send_bad_request, self.cut_in_the_middle, self.reset_in_the_middle,
            self.creep, self.send_chunks_for_ever, self.ask_and_never_read, self.leave_before_the_answer,
            self.spoil_a_websocket, self.sit_on_a_websocket,
        ]  # fmt: skip
        while True:
            attack = self.rng.choice(choices)
            self.attacks[attack.__name__] += 1
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                async with asyncio.timeout(GRIP_SECONDS):
                    await attack()

    @contextlib.asynccontextmanager
    async def connection(self):
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    async def send_bad_request(self) -> None:
        async with self.connection() as (reader, writer):
            writer.write(self.rng.choice(_bad_requests(self.rng)))
            await reader.read(65536)

    async def cut_in_the_middle(self) -> None:
        request = self.rng.choice([_GOOD_GET, _GOOD_POST, _UPGRADE])
        async with self.connection() as (reader, writer):
            writer.write(request[: self.rng.randrange(len(request))])
            writer.write_eof()
            await reader.read(65536)

    async def reset_in_the_middle(self) -> None:
        request = self.rng.choice([_GOOD_GET, _GOOD_POST, _UPGRADE])
        async with self.connection() as (_, writer):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.write(request[: self.rng.randrange(len(request) + 1)])
            await writer.drain()

    async def creep(self) -> None:
        """Slow-loris: a byte now and then, so that the connection never looks idle."""
        async with self.connection() as (_, writer):
            for byte in self.rng.choice([_GOOD_GET, _GOOD_POST]) * 10:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.3)

    async def send_chunks_for_ever(self) -> None:
        async with self.connection() as (_, writer):
            writer.write(b"POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not writer.transport.is_closing():
                writer.write(_chunk(b" " * self.rng.randrange(1, 50_000)))
                await writer.drain()
                await asyncio.sleep(0.01)

    async def ask_and_never_read(self) -> None:
        async with self.connection() as (reader, writer):
            reader._transport.pause_reading()  # pylint: disable=protected-access
            writer.write(_GOOD_GET * 200)
            await asyncio.sleep(GRIP_SECONDS / 2)

    async def leave_before_the_answer(self) -> None:
        async with self.connection() as (_, writer):
            writer.write(_GOOD_GET * self.rng.randrange(1, 20))
            await writer.drain()

    async def spoil_a_websocket(self) -> None:
        frames = [
            _frame(1, b'{"type":"auth","token":"nonsense"}'),
            _frame(1, b"x" * 200_000),
            _frame(1, b"\xff\xfe"),
            _frame(1, b"hello", masked=False),
            _frame(2, self.rng.randbytes(500)),
            _frame(9, b"p" * 200),  # a control frame longer than RFC 6455 allows
            _frame(0, b"continues nothing"),
            _frame(3, b"reserved opcode"),
            self.rng.randbytes(1000),
        ]
        async with self.connection() as (reader, writer):
            writer.write(_UPGRADE)
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.rng.choice(frames))
            await reader.read(65536)

    async def sit_on_a_websocket(self) -> None:
        """Never sends a token; now and then the beginning of a message that never ends."""
        async with self.connection() as (reader, writer):
            writer.write(_UPGRADE)
            await reader.readuntil(b"\r\n\r\n")
            while not writer.transport.is_closing():
                writer.write(_frame(1, b"x", final=False) + _frame(0, b"y" * 1000, final=False))
                await writer.drain()
                await asyncio.sleep(0.5)


class Citizen:
    """One good client on a connection that it keeps, from an address of its own: limits of rate count addresses, and the
    attackers use theirs up. What went wrong stands in `failures`."""

    def __init__(self, host: str, port: int, seed: int) -> None:
        self.host, self.port = host, port
        self.address = f"127.0.1.{seed % 250 + 1}"
        self.rng = random.Random(seed)
        self.answers = collections.Counter()
        self.failures: list[str] = []
        self.slowest_seconds = 0.0

    async def run(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.host, self.port, local_addr=(self.address, 0))
                try:
                    for _ in range(200):
                        async with asyncio.timeout(PATIENCE_SECONDS):
                            await self.ask(reader, writer)
                        await asyncio.sleep(0.005)
                finally:
                    writer.close()
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failures.append(repr(error))
                await asyncio.sleep(0.1)

    async def ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path, expected = self.rng.choice([
            ("/status", {200}),
            ("/find-jobs?title=engineer", {200}),
            (f"/find-jobs?title={urllib.parse.quote('nobody asks for ' + str(self.rng.random()))}", {404}),
            ("/find-jobs", {400}),
            ("/all-skills-by-demand", {200}),
            ("/average-job-salary", {200}),
            ("/no/such/path", {404}),
            ("/get-subscriptions/1", {401}),
        ])  # fmt: skip
        loop = asyncio.get_running_loop()
        start = loop.time()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        self.slowest_seconds = max(self.slowest_seconds, loop.time() - start)
        self.answers[status] += 1
        json.loads(body)
        if status not in expected:
            self.failures.append(f"GET {path}: {status} {body[:200]!r}")


async def besiege(host: str, port: int, *, attackers: int, citizens: int, seconds: float) -> tuple[list[Attacker], list[Citizen]]:
    """Runs both side by side for a time. Every connection is closed when this returns."""
    hostile = [Attacker(host, port, seed) for seed in range(attackers)]
    good = [Citizen(host, port, 1000 + seed) for seed in range(citizens)]
    tasks = [asyncio.create_task(client.run()) for client in [*hostile, *good]]
    done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()  # a client that ended by itself has a fault of its own
    return hostile, good
