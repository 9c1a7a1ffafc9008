"""Each way to fail has one meaning, proved against real sockets."""

import asyncio
import socket
from decimal import Decimal

import httpx
import pytest

from payments_common.errors import GatewayOutage, NotSent, OutcomeUnknown, Throttled
from payments_common.gateways.transport import LARGEST_ANSWER_BYTES, Answer
from support.local_gateway import Behaviour, Connection
from support.transport_bench import SECRET, answering, bench, silent, towards

DEADLINE_SECONDS = 10.0


async def resetting(connection: Connection) -> None:
    connection.reset()


async def cut_in_the_body(connection: Connection) -> None:
    await connection.send(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id":')


async def dripping(connection: Connection) -> None:
    """Each byte comes before a read timeout would, and there is no end."""
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    while not connection.stopping.is_set():
        await connection.send(b" ")
        await asyncio.sleep(0.02)


async def endless(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 200 OK\r\n\r\n[")
    while not connection.stopping.is_set():
        await connection.send(b'"",' * 10_000)


async def gibberish(connection: Connection) -> None:
    await connection.send(b"\x00\x01 not http\r\n\r\n")


async def test_an_answer_is_read_with_exact_numbers() -> None:
    async with bench(answering(200, b'{"amount": 150.10, "id": 7}')) as it:
        answer = await it.call(json={"amount": "150.10", "title": "\u0645"})
    assert answer == Answer(200, {"amount": Decimal("150.10"), "id": 7}, "call-1")
    head, _, body = it.gateway.requests[0].partition(b"\r\n\r\n")
    assert body == '{"amount":"150.10","title":"\u0645"}'.encode()
    assert b"Content-Type: application/json" in head


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_the_gateway_s_no_is_an_answer(status: int) -> None:
    async with bench(answering(status, b'{"errorType": "bad_data"}')) as it:
        answer = await it.call()
    assert (answer.status, answer.body) == (status, {"errorType": "bad_data"})


@pytest.mark.parametrize("status", [200, 204, 401])
async def test_an_empty_answer_is_an_answer_without_a_body(status: int) -> None:
    async with bench(answering(status, b"")) as it:
        answer = await it.call()
    assert (answer.status, answer.body) == (status, None)


async def test_a_decimal_is_sent_digit_for_digit() -> None:
    async with bench(answering(200, b"{}")) as it:
        await it.call(json={"amount": Decimal("10.100")})
    assert it.gateway.requests[0].endswith(b'{"amount":10.100}')


async def test_a_no_without_json_has_no_body() -> None:
    async with bench(answering(404, b"404 page not found")) as it:
        answer = await it.call()
    assert (answer.status, answer.body) == (404, None)


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(answering(500, b"Internal Server error"), id="500"),
        pytest.param(answering(502), id="502"),
        pytest.param(answering(503), id="503"),
        pytest.param(answering(408), id="408"),
        pytest.param(answering(302, b"", "Location: https://example.com/"), id="redirect"),
        pytest.param(answering(200, b"<html>"), id="html"),
        pytest.param(answering(200, b'{"id": 1, "id": 2}'), id="duplicate key"),
        pytest.param(answering(200, b"x", "Content-Encoding: gzip"), id="broken gzip"),
        pytest.param(resetting, id="reset"),
        pytest.param(cut_in_the_body, id="cut"),
        pytest.param(silent, id="silence"),
        pytest.param(dripping, id="drip"),
        pytest.param(endless, id="endless"),
        pytest.param(gibberish, id="gibberish"),
    ],
)
async def test_without_a_usable_answer_the_outcome_is_unknown(behave: Behaviour) -> None:
    async with bench(behave, timeout_seconds=0.5) as it:
        with pytest.raises(OutcomeUnknown, match="ask what became of it"):
            await it.call()
    assert len(it.gateway.requests) == 1, "it must not be resent"
    (call,) = it.kept.calls
    assert call.error
    assert SECRET not in repr(call)


async def test_a_gateway_that_asks_for_patience_gets_it() -> None:
    async with bench(answering(503, b"", "Retry-After: 30")) as it:
        with pytest.raises(OutcomeUnknown) as caught:
            await it.call()
    assert caught.value.retry_after_seconds == 30.0


@pytest.mark.parametrize(
    ("headers", "seconds"), [(("Retry-After: 7",), 7.0), ((), 5.0), (("Retry-After: x",), 5.0)]
)
async def test_the_rate_limit_means_not_sent(headers: tuple[str, ...], seconds: float) -> None:
    async with bench(answering(429, b"", *headers)) as it:
        with pytest.raises(NotSent) as caught:
            await it.call()
    assert caught.value.retry_after_seconds == seconds
    assert it.kept.calls[0].status == 429


async def test_a_refused_connection_means_not_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with towards(f"http://127.0.0.1:{unused.getsockname()[1]}") as it:
            with pytest.raises(NotSent, match="could not reach"):
                await it.call()
    assert it.kept.calls[0].status is None


async def test_a_connection_that_is_never_made_means_not_sent() -> None:
    """A full backlog swallows the SYN, so the deadline passes while connecting."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        async with towards(url, timeout_seconds=0.3) as it:
            with pytest.raises(NotSent):
                await it.call()


async def test_waiting_too_long_for_a_turn_means_not_sent() -> None:
    async with bench(silent, timeout_seconds=1.0, max_concurrent_calls=1) as it:
        holding = asyncio.create_task(it.call())
        await asyncio.wait_for(it.gateway.received.wait(), DEADLINE_SECONDS)
        with pytest.raises(NotSent, match="for its turn"):
            await it.call()
        with pytest.raises(OutcomeUnknown):
            await holding
    assert len(it.gateway.requests) == 1


async def test_no_more_calls_run_at_once_than_the_account_allows() -> None:
    running, most = 0, 0

    async def counting(connection: Connection) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(10):
            await asyncio.sleep(0)
        running -= 1
        await connection.answer(200, b"{}", "Connection: close")

    async with bench(counting, max_concurrent_calls=3) as it:
        await asyncio.gather(*(it.call() for _ in range(20)))
    assert 1 < most <= 3


async def test_calls_beyond_the_rate_wait_their_turn() -> None:
    async with bench(answering(200), calls_per_second=2.0, timeout_seconds=0.2) as it:
        await it.call()
        with pytest.raises(NotSent, match="calls_per_second"):
            await it.call()


class Pace:
    """Counts who asks for a turn, and holds back all after the first."""

    def __init__(self) -> None:
        self.asked = 0

    async def acquire(self) -> None:
        self.asked += 1
        if self.asked > 1:
            await asyncio.Event().wait()


async def test_a_call_goes_at_the_pace_that_it_brings_with_it() -> None:
    pace = Pace()
    async with bench(answering(200), timeout_seconds=0.2) as it:
        await it.call(pace=pace)
        with pytest.raises(Throttled):
            await it.call(pace=pace)
    assert pace.asked == 2


async def test_who_waits_in_vain_for_its_turn_gives_its_slot_back() -> None:
    pace = Pace()
    async with bench(answering(200), timeout_seconds=0.2, max_concurrent_calls=1) as it:
        await it.call(pace=pace)
        with pytest.raises(Throttled):
            await it.call(pace=pace)
        assert (await it.call()).status == 200


async def test_a_cancelled_call_gives_its_slot_back() -> None:
    behaviours: list[Behaviour] = [silent, answering(200)]

    async def first_silent(connection: Connection) -> None:
        await behaviours.pop(0)(connection)

    async with bench(first_silent, max_concurrent_calls=1) as it:
        calling = asyncio.create_task(it.call())
        await asyncio.wait_for(it.gateway.received.wait(), DEADLINE_SECONDS)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert (await it.call()).status == 200


async def test_the_environment_s_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with bench(answering(200)) as it:
        assert (await it.call()).status == 200


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (httpx.ConnectError, NotSent),
        (httpx.ConnectTimeout, NotSent),
        (httpx.PoolTimeout, NotSent),
        (httpx.ReadTimeout, OutcomeUnknown),
        (httpx.WriteTimeout, OutcomeUnknown),
        (httpx.ReadError, OutcomeUnknown),
        (httpx.WriteError, OutcomeUnknown),
        (httpx.RemoteProtocolError, OutcomeUnknown),
    ],
)
async def test_each_error_of_the_client_has_one_meaning(
    raised: type[httpx.TransportError], expected: type[GatewayOutage]
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise raised("canary", request=request)

    async with towards(http_transport=httpx.MockTransport(fail)) as it:
        with pytest.raises(GatewayOutage) as caught:
            await it.call()
    assert type(caught.value) is expected
    assert "canary" not in str(caught.value)


async def test_an_answer_at_the_size_limit_is_read() -> None:
    body = b'"' + b"x" * (LARGEST_ANSWER_BYTES - 2) + b'"'
    async with bench(answering(200, body)) as it:
        assert len((await it.call()).body) == LARGEST_ANSWER_BYTES - 2
    async with bench(answering(200, b" " + body)) as it:
        with pytest.raises(OutcomeUnknown, match=f"more than {LARGEST_ANSWER_BYTES} bytes"):
            await it.call()
