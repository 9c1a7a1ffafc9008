"""Controls 5 to 7 of the ingress: sizes, slow clients and ambiguous framing, on raw sockets."""

import asyncio
import json
import resource
from collections.abc import Iterator
from typing import Any

import aiohttp.http_parser
import pytest

from support.hostile_requests import AUTHENTIC, SMUGGLED
from support.ingress import BODY, SECRET, KeepingPublisher, RunningIngress, running_ingress, until


async def test_control_5_a_body_at_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher, max_body_bytes=1000) as ingress:
        at_limit = await ingress.deliver(b'"' + b"x" * 998 + b'"')
        over = await ingress.deliver(b'"' + b"x" * 999 + b'"')
    assert (at_limit.status, over.status, over.error) == (200, 413, "body_too_large")
    assert len(publisher.messages()) == 1


async def test_control_5_a_length_over_the_limit_is_refused_before_the_body_is_sent() -> None:
    async with running_ingress(KeepingPublisher(), lingering_seconds=0.05) as ingress:
        answer = await ingress.send_raw(AUTHENTIC + b"Content-Length: 2000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("chunk", "times", "status"),
    [(b"1\r\nx\r\n", 3000, 413), (b"400\r\n" + b"x" * 1024 + b"\r\n", 300, 413)],
    ids=["many chunks", "too many bytes"],
)
async def test_control_5_chunked_bodies_are_bounded(chunk: bytes, times: int, status: int) -> None:
    publisher = KeepingPublisher()
    request = AUTHENTIC + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * times
    async with running_ingress(publisher, lingering_seconds=0.05) as ingress:
        answer = await ingress.send_raw(request)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert publisher.messages() == []


async def test_control_5_an_honest_chunked_body_is_taken_whole() -> None:
    publisher = KeepingPublisher()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:7], BODY[7:]))
    request = (
        AUTHENTIC + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks
    ) + b"0\r\n\r\n"
    async with running_ingress(publisher) as ingress:
        answer = await ingress.send_raw(request)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert [each.body for each in publisher.messages()] == [BODY]


@pytest.mark.parametrize(
    "sent", [b"", b"POST /webhooks", AUTHENTIC], ids=["idle", "request line", "headers"]
)
async def test_control_6_a_client_that_dawdles_over_its_headers_is_closed(sent: bytes) -> None:
    async with running_ingress(KeepingPublisher(), keepalive_seconds=0.1) as ingress:
        assert await ingress.send_raw(sent) == b""


async def test_control_6_a_client_that_drips_its_headers_is_closed() -> None:
    async with running_ingress(KeepingPublisher(), keepalive_seconds=0.2) as ingress:
        connection = await ingress.connect()
        connection.writer.write(AUTHENTIC)

        async def drip() -> None:
            while True:
                connection.writer.write(b"X")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert await connection.rest() == b""
        dripping.cancel()


async def test_control_6_a_client_that_dawdles_over_its_body_gets_408_and_is_closed() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(
        publisher, body_timeout_seconds=0.1, lingering_seconds=0.05
    ) as ingress:
        answer = await ingress.send_raw(AUTHENTIC + b"Content-Length: 10\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"body_timeout"' in answer
    assert publisher.messages() == []


async def test_control_6_a_client_that_never_reads_its_answers_is_closed() -> None:
    async with running_ingress(
        KeepingPublisher(), unread_answer_seconds=0.2, keepalive_seconds=60
    ) as ingress:
        connection = await ingress.connect()
        transport: Any = connection.writer.transport
        transport.pause_reading()
        for _ in range(20):
            connection.writer.write(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n" * 200)
        await until(lambda: ingress.ingress.listener.open_connections == 0)
        connection.writer.close()


@pytest.fixture
def many_files() -> Iterator[None]:
    """Both ends of a thousand sockets are in this process; many systems start with 1024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (hard if 0 <= hard < 4096 else max(soft, 4096), hard)
    )
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_control_6_five_hundred_slow_sockets_do_not_keep_good_clients_waiting(
    many_files: None,
) -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher, keepalive_seconds=30) as ingress:
        slow = await asyncio.gather(*(ingress.connect() for _ in range(500)))
        for connection in slow:
            connection.writer.write(AUTHENTIC)
        answers = await asyncio.gather(*(ingress.deliver() for _ in range(100)))
        still_open = sum(not each.reader.at_eof() for each in slow)
        for connection in slow:
            connection.writer.close()
    assert ({each.status for each in answers}, still_open) == ({200}, 500)


async def test_control_6_connections_over_the_cap_are_closed_at_once() -> None:
    async with running_ingress(KeepingPublisher(), max_connections=3) as ingress:
        held = [await ingress.connect() for _ in range(3)]
        await until(lambda: ingress.ingress.listener.open_connections == 3)
        assert await ingress.send_raw(AUTHENTIC) == b""
        assert ingress.count("http_connections_refused_total") == 1
        held[0].writer.close()
        await until(lambda: ingress.ingress.listener.open_connections == 2)
        assert (await ingress.deliver()).status == 200


@pytest.mark.parametrize("name", SMUGGLED)
async def test_control_7_ambiguous_framing_is_400_and_the_connection_ends(name: str) -> None:
    publisher = KeepingPublisher()
    smuggled = AUTHENTIC + b"Content-Length: 2\r\n\r\n{}"
    async with running_ingress(publisher, lingering_seconds=0.05) as ingress:
        answer = await ingress.send_raw(SMUGGLED[name] + smuggled)
    assert answer[:7] + answer[8:13] == b"HTTP/1. 400 "
    assert answer.count(b"HTTP/1.") == 1
    assert SECRET.encode() not in answer
    assert publisher.messages() == []


def test_control_7_the_parser_is_the_compiled_one() -> None:
    parser: Any = aiohttp.http_parser.HttpRequestParser
    assert parser.__module__ == "aiohttp._http_parser"
    assert parser is not aiohttp.http_parser.HttpRequestParserPy


async def test_a_malformed_request_writes_one_short_line_without_its_bytes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with running_ingress(KeepingPublisher()) as ingress:
        await send_malformed(ingress, times=30)
        counted = ingress.count("http_requests_malformed_total")
    written = capsys.readouterr()
    assert counted == 30
    assert "canary-4417" not in written.err + written.out
    assert 1 <= len(written.err.splitlines()) <= 15
    assert all(
        json.loads(line)["event"] == "malformed request" for line in written.err.splitlines()
    )


async def send_malformed(ingress: RunningIngress, *, times: int) -> None:
    for _ in range(times):
        await ingress.send_raw(b"POST / HTTP/1.1\r\ncanary-4417 : x\r\n\r\n")
