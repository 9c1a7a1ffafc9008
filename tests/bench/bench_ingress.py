"""How much of a bare aiohttp handler's rate is left when every 200 waits for a durable confirm.

Run `python tests/bench/bench_ingress.py`. Both servers run in every round, so that a noisy machine
hurts both; the ratio is the median of the rounds' ratios. With two cores or more the servers share
one and the load has another; the broker goes where it likes.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
from aiohttp import web

from local_stack.stack import LocalStack
from payments_common.clock import SystemClock
from payments_common.messaging.rabbitmq import RabbitBroker
from payments_common.messaging.topology import QUEUE_WEBHOOKS

SECRET = "bench-secret-0001"
ACCOUNTS = """
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "https://api.tabby.example.com"
options = { webhook_header = "X-Shop-Secret" }
webhook_secrets.current = { env = "BENCH_WEBHOOK_SECRET" }
"""
BODY = json.dumps(
    {
        "id": "3f0d9b0e-6c1a-4c53-9a3e-0b7f6a1d2c44",
        "created_at": "2026-03-02T09:15:04Z",
        "expires_at": "2027-03-02T09:17:31Z",
        "closed_at": None,
        "status": "authorized",
        "is_test": True,
        "amount": "41.25",
        "currency": "SAR",
        "order": {"reference_id": "KSA-70015"},
        "captures": [
            {
                "id": f"a7c2e1d8-51f4-4b0e-8a68-9d0c3e55b21{number}",
                "amount": "4.25",
                "created_at": "2026-03-02T09:17:40Z",
                "reference_id": f"cap-KSA-70015-{number}",
            }
            for number in range(6)
        ],
        "refunds": [],
        "meta": {"order_id": "KSA-70015", "customer": "c-118"},
        "token": "",
    }
).encode()


@dataclass(frozen=True, slots=True)
class Measured:
    per_second: float
    cpu_microseconds: float
    p50_milliseconds: float
    p99_milliseconds: float


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[str]
    url: str

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client(asyncio.Protocol):
    """Sends the next request when the answer is complete; all answers have the first one's size."""

    def __init__(self, request: bytes, latencies: list[float]) -> None:
        self._request = request
        self._latencies = latencies
        self._answer = b""
        self._size = 0
        self._sent_at = 0.0
        self.running = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._size:
            head, _, _ = self._answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            self._size = len(head) + 4 + length
        if len(self._answer) < self._size:
            return
        if not self._answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not acknowledged: {self._answer!r}")
        self._latencies.append(time.perf_counter() - self._sent_at)
        self._answer = b""
        if self.running:
            self._send()
        else:
            self._transport.close()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(self._request)


async def measure(server: Server, *, connections: int, seconds: float) -> Measured:
    where = urlsplit(server.url)
    request = (
        f"POST /webhooks/tabby-ksa HTTP/1.1\r\nHost: {where.netloc}\r\n"
        f"Content-Type: application/json\r\nX-Shop-Secret: {SECRET}\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    ).encode() + BODY
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    clients = [
        (
            await loop.create_connection(
                lambda: Client(request, latencies), where.hostname or "", where.port or 0
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.sleep(0.5)
    latencies.clear()
    cpu, started = server.cpu_seconds(), time.perf_counter()
    await asyncio.sleep(seconds)
    count, elapsed = len(latencies), time.perf_counter() - started
    cpu = server.cpu_seconds() - cpu
    for client in clients:
        client.running = False
    await asyncio.sleep(0.2)
    latencies.sort()
    return Measured(
        per_second=count / elapsed,
        cpu_microseconds=cpu / count * 1e6,
        p50_milliseconds=latencies[count // 2] * 1e3,
        p99_milliseconds=latencies[count * 99 // 100] * 1e3,
    )


@contextmanager
def server(arguments: list[str], *, core: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        if (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(process.pid, {core})
        assert process.stdout is not None
        yield Server(process, json.loads(process.stdout.readline())["url"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def serve_bare() -> None:
    """The floor: the same server, a handler that does nothing."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=b'{"status":"accepted"}', content_type="application/json")

    app = web.Application()
    app.router.add_post("/webhooks/{account}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)  # noqa: T201
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    await runner.cleanup()


async def run(rabbitmq_url: str, *, rounds: int, connections: int, seconds: float) -> None:
    broker = await RabbitBroker.connect(
        rabbitmq_url, connection_name="bench", clock=SystemClock(), declare=True
    )
    await broker.close()
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    measured: dict[str, list[Measured]] = {"bare": [], "ingress": []}
    with tempfile.TemporaryDirectory() as folder:
        accounts = Path(folder) / "accounts.toml"
        accounts.write_text(ACCOUNTS)
        environment = {
            "PAYMENTS_RABBITMQ_URL": rabbitmq_url,
            "PAYMENTS_ACCOUNTS_FILE": str(accounts),
            "PAYMENTS_INGRESS_PORT": "0",
            "BENCH_WEBHOOK_SECRET": SECRET,
        }
        with (
            server([__file__, "--serve-bare"], core=0, environment={}) as bare,
            server(["-m", "webhook_ingress"], core=0, environment=environment) as ingress,
        ):
            for _ in range(rounds):
                for name, each in (("bare", bare), ("ingress", ingress)):
                    measured[name].append(
                        await measure(each, connections=connections, seconds=seconds)
                    )
                await purge(rabbitmq_url)
    report(measured)


async def purge(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        await (await channel.get_queue(QUEUE_WEBHOOKS)).purge()


def report(measured: dict[str, list[Measured]]) -> None:
    for name, rounds in measured.items():
        medians = {
            field: round(statistics.median(getattr(each, field) for each in rounds), 2)
            for field in ("per_second", "cpu_microseconds", "p50_milliseconds", "p99_milliseconds")
        }
        print(json.dumps({"server": name, **medians}))  # noqa: T201
    pairs = list(zip(measured["ingress"], measured["bare"], strict=True))
    rate = statistics.median(ours.per_second / bare.per_second for ours, bare in pairs)
    cpu = statistics.median(ours.cpu_microseconds / bare.cpu_microseconds for ours, bare in pairs)
    print(json.dumps({"durable_ack_rate_ratio": round(rate, 3), "cpu_ratio": round(cpu, 2)}))  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve-bare", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    if given.serve_bare:
        asyncio.run(serve_bare())
        return
    with LocalStack.start() as stack:
        asyncio.run(
            run(
                stack.urls.rabbitmq_url,
                rounds=given.rounds,
                connections=given.connections,
                seconds=given.seconds,
            )
        )


if __name__ == "__main__":
    main()
