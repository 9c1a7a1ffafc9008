"""Keeps each request to a gateway, and what came of it, for support staff."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from payments_common.clock import Clock
from payments_common.gateways.port import ApiCall, ApiCalls, CallContext
from payments_common.gateways.redaction import JSON

RECORD_TIMEOUT_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Exchange:
    """One call while it happens; what is known when it ends, in whatever way, is recorded.

    `may_be_sent` is false as long as not a byte can have left.
    """

    operation: str
    method: str
    path: str
    context: CallContext
    started_seconds: float
    may_be_sent: bool
    request: JSON = field(default=None, repr=False)
    status: int | None = None
    answer: JSON = field(default=None, repr=False)

    async def trace(self, event: str, _: Mapping[str, Any]) -> None:
        """Hears from the HTTP client what it does."""
        if event.endswith("send_request_headers.started"):
            self.may_be_sent = True


class CallRecorder:
    """Records in tasks of its own, so that a cancelled caller does not take them along."""

    def __init__(
        self,
        account: str,
        *,
        clock: Clock,
        api_calls: ApiCalls,
        redact: Callable[[JSON], JSON],
    ) -> None:
        self._account = account
        self._clock = clock
        self._api_calls = api_calls
        self._redact = redact
        self._tasks: set[asyncio.Task[str | None]] = set()

    def start(self, exchange: Exchange, *, error: str | None = None) -> asyncio.Task[str | None]:
        """Begins to record; the task gives the evidence's id, None where it could not be kept."""
        seconds = self._clock.monotonic_seconds() - exchange.started_seconds
        task = asyncio.create_task(self._record(exchange, error=error, duration_seconds=seconds))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self) -> None:
        """Waits until all that was begun is recorded."""
        await asyncio.gather(*self._tasks)

    async def _record(
        self, exchange: Exchange, *, error: str | None, duration_seconds: float
    ) -> str | None:
        try:
            async with asyncio.timeout(RECORD_TIMEOUT_SECONDS):
                return await self._api_calls.record(
                    self._redacted(exchange, error, duration_seconds)
                )
        except Exception as failure:  # noqa: BLE001 - the gateway's answer counts, whatever fails here
            # The failure's own text may quote the call, so only its type is told.
            log.warning(
                "api_call_not_recorded",
                account=self._account,
                operation=exchange.operation,
                order_id=exchange.context.order_id,
                failure=type(failure).__name__,
            )
            return None

    def _redacted(self, exchange: Exchange, error: str | None, duration_seconds: float) -> ApiCall:
        now = self._clock.now()
        return ApiCall(
            account=self._account,
            operation=exchange.operation,
            method=exchange.method,
            path=exchange.path,
            request=_mapping(self._redact(exchange.request)),
            status=exchange.status,
            answer=_mapping(self._redact(exchange.answer)),
            error=error,
            started_at=now - timedelta(seconds=duration_seconds),
            duration_seconds=duration_seconds,
            context=exchange.context,
        )


def _mapping(body: JSON) -> Mapping[str, Any] | None:
    if body is None or isinstance(body, Mapping):
        return body
    return {"list": body}
