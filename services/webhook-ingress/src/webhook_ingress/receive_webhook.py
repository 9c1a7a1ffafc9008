"""One delivery from raw bytes to a message that the broker has confirmed."""

from collections.abc import Callable
from typing import Protocol

from payments_common import strict_json
from payments_common.clock import Clock
from payments_common.errors import InvalidMessage, WebhookRefused
from payments_common.gateways.port import PROBE_HEADER, Verified, WebhookDelivery
from payments_common.schemas.envelope import Envelope, wrap
from payments_common.schemas.webhooks import RECEIVED_TYPE, WebhookMessage
from webhook_ingress.endpoints import Endpoint
from webhook_ingress.errors import SecretNotConfigured, VerificationFailed
from webhook_ingress.refused import RefusalRecorder, Refused

SOURCE = "webhook-ingress"


class EnvelopePublisher(Protocol):
    async def publish(self, envelope: Envelope) -> None:
        """Returns only after the broker has confirmed the message that carries the envelope.

        Raises BrokerUnavailable, PublishUnknown or Unroutable, within a deadline of its own.
        """
        ...


class ReceiveWebhook:
    def __init__(
        self,
        *,
        publisher: EnvelopePublisher,
        refusals: RefusalRecorder,
        clock: Clock,
        on_publish_seconds: Callable[[float], None],
    ) -> None:
        self._publisher = publisher
        self._refusals = refusals
        self._clock = clock
        self._on_publish_seconds = on_publish_seconds

    async def __call__(
        self, endpoint: Endpoint, delivery: WebhookDelivery, *, delivery_id: str
    ) -> str | None:
        """Returns once the delivery is stored by the broker; anything else is an error.

        Tells which secret the gateway has used, None if it was a probe of our own.

        Raises WebhookRefused, SecretNotConfigured, VerificationFailed, InvalidMessage (all of them
        recorded), BrokerUnavailable, PublishUnknown or Unroutable.
        """
        try:
            verified = verify(endpoint, delivery)
            # Only read to refuse it: what is published are the bytes as they came.
            strict_json.loads(delivery.body)
        except (WebhookRefused, SecretNotConfigured, VerificationFailed, InvalidMessage) as error:
            self._refusals.record(Refused(endpoint, delivery, error, delivery_id))
            raise
        is_probe = bool(delivery.header_values(PROBE_HEADER))
        matched = None if is_probe else verified.secret_id
        await self._publish(
            wrap(
                _message(endpoint, delivery, verified, secret_id=matched),
                type_=RECEIVED_TYPE,
                id_=delivery_id,
                source=SOURCE,
                time=delivery.received_at,
                subject=endpoint.account,
            )
        )
        return matched

    async def _publish(self, envelope: Envelope) -> None:
        started = self._clock.monotonic_seconds()
        try:
            await self._publisher.publish(envelope)
        finally:
            self._on_publish_seconds(self._clock.monotonic_seconds() - started)


def verify(endpoint: Endpoint, delivery: WebhookDelivery) -> Verified:
    """Fails closed: whatever goes wrong in here, the delivery is not authentic."""
    if not endpoint.secrets:
        raise SecretNotConfigured(f"account {endpoint.account} has no webhook secret; set one")
    try:
        return endpoint.scheme.verify(delivery, endpoint.secrets)
    except WebhookRefused as refusal:
        if refusal.code == "secret_not_configured":
            raise SecretNotConfigured(str(refusal)) from refusal
        raise
    except Exception as error:
        raise VerificationFailed(f"verification for {endpoint.account} broke") from error


def _message(
    endpoint: Endpoint, delivery: WebhookDelivery, verified: Verified, *, secret_id: str | None
) -> WebhookMessage:
    return WebhookMessage(
        account=endpoint.account,
        event_key=verified.event_key,
        received_at=delivery.received_at,
        body_base64=WebhookMessage.encode_body(delivery.body),
        headers=verified.stored_headers,
        query=endpoint.scheme.stored_query(delivery),
        verdict="authentic",
        secret_id=secret_id,
    )
