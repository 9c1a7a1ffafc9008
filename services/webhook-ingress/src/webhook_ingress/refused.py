"""Refused deliveries are kept for people to see, within bounds that strangers cannot push.

Recording never delays or changes the sender's answer. Each account has a budget for each kind of
refusal, so that a flood of forged signatures cannot crowd out the records of another kind.
What is over the budget is only counted.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from payments_common.clock import Clock
from payments_common.errors import PaymentsError
from payments_common.gateways.port import WebhookDelivery
from payments_common.messaging.port import Outgoing, Publisher
from payments_common.schemas.envelope import Envelope, wrap
from payments_common.schemas.webhooks import REFUSED_KEY, REFUSED_TYPE, WebhookMessage
from payments_common.telemetry.logs import get_logger
from webhook_ingress.endpoints import Endpoint
from webhook_ingress.token_bucket import TokenBuckets

RecordOutcome = Literal["recorded", "over_limit", "failed"]
MOST_HEADERS = 32
LONGEST_HEADER = 512


@dataclass(frozen=True, slots=True)
class RefusalLimits:
    per_second: float
    burst: int
    in_flight: int
    body_bytes: int


@dataclass(frozen=True, slots=True)
class Refused:
    """`delivery_id` is the answer's X-Request-Id."""

    endpoint: Endpoint
    delivery: WebhookDelivery
    error: PaymentsError
    delivery_id: str

    @property
    def verdict(self) -> str:
        return self.error.code


class RefusalRecorder:
    def __init__(
        self,
        *,
        publisher: Publisher,
        exchange: str,
        source: str,
        clock: Clock,
        limits: RefusalLimits,
        on_outcome: Callable[[RecordOutcome], None],
    ) -> None:
        self._publisher = publisher
        self._exchange = exchange
        self._source = source
        self._limits = limits
        self._on_outcome = on_outcome
        self._budget = TokenBuckets(per_second=limits.per_second, burst=limits.burst, clock=clock)
        self._under_way: set[asyncio.Task[None]] = set()

    def record(self, refused: Refused) -> None:
        """Starts recording, or counts that there is no room for it; raises nothing."""
        account = refused.endpoint.account
        if (
            not self._budget.take((account, refused.verdict))
            or len(self._under_way) >= self._limits.in_flight
        ):
            self._on_outcome("over_limit")
            return
        get_logger().warning(
            "webhook refused",
            account=account,
            verdict=refused.verdict,
            delivery_id=refused.delivery_id,
            body_bytes=len(refused.delivery.body),
            exc_info=refused.error,
        )
        task = asyncio.create_task(self._publish(refused))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def drain(self, timeout_seconds: float) -> None:
        """Waits for the records under way; what is not stored by then is given up and counted."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(self._under_way, timeout=timeout_seconds)
        for task in late:
            task.cancel()
            self._on_outcome("failed")

    async def _publish(self, refused: Refused) -> None:
        try:
            await self._publisher.publish(
                Outgoing(self._exchange, REFUSED_KEY, [self._envelope(refused)], batch=True)
            )
        except PaymentsError as error:
            self._on_outcome("failed")
            get_logger().warning("refused webhook not recorded", code=error.code, exc_info=error)
        except Exception:  # noqa: BLE001 a stranger's bytes found a bug; the service goes on
            self._on_outcome("failed")
            get_logger().error("refused webhook not recorded", exc_info=True)
        else:
            self._on_outcome("recorded")

    def _envelope(self, refused: Refused) -> Envelope:
        return wrap(
            refused_message(refused, body_bytes=self._limits.body_bytes),
            type_=REFUSED_TYPE,
            id_=refused.delivery_id,
            source=self._source,
            time=refused.delivery.received_at,
            subject=refused.endpoint.account,
        )


def refused_message(refused: Refused, *, body_bytes: int) -> WebhookMessage:
    """A body over `body_bytes` is replaced by its size and digest, among the headers.

    Values in the query are masked: some senders put their token there.
    """
    delivery = refused.delivery
    headers = [
        (name[:LONGEST_HEADER], value[:LONGEST_HEADER])
        for name, value in refused.endpoint.scheme.stored_headers(delivery)[:MOST_HEADERS]
    ]
    body = delivery.body
    if len(body) > body_bytes:
        headers.append(("ingress-body-bytes", str(len(body))))
        headers.append(("ingress-body-sha256", hashlib.sha256(body).hexdigest()))
        body = b""
    return WebhookMessage(
        account=refused.endpoint.account,
        event_key=refused.endpoint.scheme.event_key(delivery),
        received_at=delivery.received_at,
        body_base64=WebhookMessage.encode_body(body),
        headers=tuple(headers),
        query=_masked(refused.endpoint.scheme.stored_query(delivery)),
        verdict=refused.verdict,
    )


def _masked(query: str) -> str:
    names = [part.partition("=")[0][:LONGEST_HEADER] for part in query.split("&", MOST_HEADERS)]
    return "&".join(f"{name}=***" for name in names[:MOST_HEADERS] if name)
