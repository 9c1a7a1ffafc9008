"""HTTP to a gateway, with one meaning for each way to fail. No other module imports httpx.

What was never sent may be sent again: NotSent. Once the first byte went out, anything but a
readable answer may have had its effect: OutcomeUnknown. Nothing is ever resent here.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import httpx
import orjson

from payments_common import strict_json
from payments_common.breakers.rates import SharedRate
from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.errors import (
    GatewayOutage,
    InvalidMessage,
    NotSent,
    OutcomeUnknown,
    Throttled,
)
from payments_common.gateways.call_recorder import CallRecorder, Exchange
from payments_common.gateways.port import ApiCalls, CallContext
from payments_common.gateways.redaction import JSON
from payments_common.gateways.retry_after import retry_after_seconds

# A page of MyFatoorah's webhook log has 500 bodies, each with its attempts.
LARGEST_ANSWER_BYTES = 8 * 1024 * 1024
LONGEST_CONNECT_SECONDS = 5.0
# The rest of the deadline is the gateway's: a queue of ours must not make outcomes unknown.
WAITING_SHARE = 0.3
ASK_FIRST = "ask what became of it before sending it again"
HttpTransport = httpx.AsyncBaseTransport
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is None where it was empty or not JSON; numbers with a fraction are Decimals."""

    status: int
    body: JSON = field(repr=False)
    evidence_id: str | None = None


class GatewayTransport:
    """One account's way to its gateway: its own connections, deadline, concurrency and rate.

    `redact` decides what of a body is kept with `api_calls`. With an `http_transport` of the
    caller's it can't be seen when sending begins, so it is taken to begin at once.
    """

    def __init__(
        self,
        account: Account,
        *,
        clock: Clock,
        api_calls: ApiCalls,
        redact: Callable[[JSON], JSON],
        http_transport: HttpTransport | None = None,
    ) -> None:
        self._account = account.name
        self._timeout_seconds = account.timeout_seconds
        self._clock = clock
        self._sees_sending = http_transport is None
        self._slots = asyncio.Semaphore(account.max_concurrent_calls)
        self._rate = SharedRate(account.calls_per_second)
        self._recorder = CallRecorder(account.name, clock=clock, api_calls=api_calls, redact=redact)
        self._client = httpx.AsyncClient(
            base_url=account.base_url,
            transport=http_transport,
            timeout=_timeouts(account.timeout_seconds),
            limits=httpx.Limits(max_connections=account.max_concurrent_calls),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "User-Agent": "payments-common"},
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        json: JSON = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        context: CallContext,
    ) -> Answer:
        """Sends one request; returns 2xx, and 4xx other than 408 and 429, for the gateway to read.

        Raises NotSent or OutcomeUnknown.
        """
        request = self._request(method, path, json=json, query=query, headers=headers)
        exchange = Exchange(
            operation=operation,
            method=method,
            path=path,
            context=context,
            started_seconds=self._clock.monotonic_seconds(),
            may_be_sent=not self._sees_sending,
            request=query if json is None else json,
        )
        try:
            status = await self._in_turn(exchange, request)
        except asyncio.CancelledError:
            self._recorder.start(exchange, error="cancelled")
            raise
        except GatewayOutage as error:
            await asyncio.shield(self._recorder.start(exchange, error=str(error)))
            raise
        evidence_id = await asyncio.shield(self._recorder.start(exchange))
        return Answer(status, exchange.answer, evidence_id)

    async def close(self) -> None:
        """Closes the connections; calls that are still being recorded are recorded first."""
        await self._recorder.drain()
        await self._client.aclose()

    def _request(
        self,
        method: str,
        path: str,
        *,
        json: JSON,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Request:
        content = None if json is None else orjson.dumps(json, default=_as_written)
        content_type = {} if json is None else {"Content-Type": "application/json"}
        return self._client.build_request(
            method, path, content=content, params=query, headers={**content_type, **(headers or {})}
        )

    async def _in_turn(self, exchange: Exchange, request: httpx.Request) -> int:
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        await self._take_slot(exchange)
        try:
            exchange.started_seconds = self._clock.monotonic_seconds()
            async with asyncio.timeout_at(deadline):
                return await self._send(exchange, request)
        except TimeoutError as error:
            raise self._no_answer(exchange, "the deadline passed") from error
        except _NEVER_SENT as error:
            raise NotSent(
                f"{self._account}: {exchange.operation} could not reach the gateway "
                f"({type(error).__name__}); check base_url and the network, or try later"
            ) from error
        except httpx.HTTPError as error:
            raise self._no_answer(exchange, type(error).__name__) from error
        finally:
            self._slots.release()

    async def _take_slot(self, exchange: Exchange) -> None:
        """The slot comes first: turns that were taken and not used would be used all at once."""
        wait_seconds = self._timeout_seconds * WAITING_SHARE
        try:
            async with asyncio.timeout(wait_seconds):
                await self._slots.acquire()
                try:
                    await (exchange.context.pace or self._rate).acquire()
                except BaseException:
                    self._slots.release()
                    raise
        except TimeoutError as error:
            raise Throttled(
                f"{self._account}: {exchange.operation} waited {wait_seconds:g} s for its turn; "
                "raise max_concurrent_calls or calls_per_second, or try later"
            ) from error

    async def _send(self, exchange: Exchange, request: httpx.Request) -> int:
        request.extensions["trace"] = exchange.trace
        response = await self._client.send(request, stream=True)
        exchange.may_be_sent = True
        try:
            exchange.status = response.status_code
            self._refuse_outage(exchange, response)
            raw = await self._read(exchange, response)
        finally:
            await response.aclose()
        try:
            # An encoding that breaks leaves nothing either, and that is no empty answer.
            if raw or "content-encoding" in response.headers:
                exchange.answer = strict_json.loads(raw)
        except InvalidMessage as error:
            if response.is_success:
                raise self._no_answer(exchange, f"{response.status_code}, but {error}") from error
        return response.status_code

    def _refuse_outage(self, exchange: Exchange, response: httpx.Response) -> None:
        status = response.status_code
        wait_seconds = retry_after_seconds(response.headers.get("retry-after"), self._clock.now())
        if status == 429:
            raise Throttled(
                f"{self._account}: the gateway's rate limit refused {exchange.operation}; "
                f"try again in {wait_seconds:g} s",
                retry_after_seconds=wait_seconds,
            )
        if status == 408 or not (response.is_success or response.is_client_error):
            asked = "retry-after" in response.headers
            raise OutcomeUnknown(
                f"{self._account}: {exchange.operation} was answered {status}; {ASK_FIRST}",
                retry_after_seconds=wait_seconds if asked else None,
            )

    async def _read(self, exchange: Exchange, response: httpx.Response) -> bytes:
        raw = bytearray()
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > LARGEST_ANSWER_BYTES:
                raise self._no_answer(exchange, f"more than {LARGEST_ANSWER_BYTES} bytes")
        return bytes(raw)

    def _no_answer(self, exchange: Exchange, what: str) -> GatewayOutage:
        if exchange.may_be_sent:
            return OutcomeUnknown(
                f"{self._account}: {exchange.operation} got no usable answer ({what}); {ASK_FIRST}"
            )
        return NotSent(
            f"{self._account}: {exchange.operation} was not sent ({what}); it may be tried again"
        )


def _as_written(value: object) -> orjson.Fragment:
    """A Decimal as the JSON number it is, digit for digit: an amount is never a float."""
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} is not JSON")


def _timeouts(total_seconds: float) -> httpx.Timeout:
    connect_seconds = min(total_seconds, LONGEST_CONNECT_SECONDS)
    return httpx.Timeout(
        connect=connect_seconds, read=total_seconds, write=total_seconds, pool=connect_seconds
    )
