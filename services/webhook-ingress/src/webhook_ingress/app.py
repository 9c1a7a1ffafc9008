"""The composition root: every collaborator is made and handed over here, and nowhere else."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry

from payments_common.clock import Clock
from payments_common.config import Account
from payments_common.gateways.registry import webhook_scheme_of
from payments_common.messaging.group_publisher import GroupPublisher
from payments_common.messaging.port import Publisher
from payments_common.messaging.topology import WEBHOOKS
from payments_common.process.listener import ConnectionLimits, Listener
from payments_common.references import NewId
from payments_common.schemas.webhooks import RECEIVED_KEY
from payments_common.telemetry.logs import get_logger
from webhook_ingress.config import IngressConfig
from webhook_ingress.endpoints import SchemeOf, endpoints
from webhook_ingress.metrics import IngressMetrics, MeasuredPublisher
from webhook_ingress.middleware import Draining, answer_every_request
from webhook_ingress.receive_webhook import SOURCE, ReceiveWebhook
from webhook_ingress.refused import RefusalLimits, RefusalRecorder
from webhook_ingress.request_body import BodyLimits
from webhook_ingress.responses import malformed_response
from webhook_ingress.routes import WebhookRoute, add_routes
from webhook_ingress.token_bucket import TokenBuckets

# The service's own lines about one kind of trouble: an outage or a flood must not fill a disk.
LOG_LINES_PER_SECOND = 1.0
LOG_LINES_BURST = 10


@dataclass(frozen=True, slots=True)
class Ingress:
    """The application and what its process needs to serve and to stop it."""

    app: web.Application
    listener: Listener
    draining: Draining


def create_ingress(
    config: IngressConfig,
    *,
    accounts: Iterable[Account],
    publisher: Publisher,
    is_connected: Callable[[], bool],
    clock: Clock,
    new_id: NewId,
    registry: CollectorRegistry,
    scheme_of: SchemeOf = webhook_scheme_of,
) -> Ingress:
    metrics = IngressMetrics(registry)
    draining = Draining()
    log_budget = TokenBuckets(per_second=LOG_LINES_PER_SECOND, burst=LOG_LINES_BURST, clock=clock)
    refusals = _refusals(config, publisher=publisher, clock=clock, metrics=metrics)
    group = _group(config, publisher=publisher, metrics=metrics)
    app = web.Application(
        client_max_size=config.max_body_bytes,
        middlewares=[
            answer_every_request(
                new_id=new_id,
                in_flight=metrics.in_flight,
                draining=draining,
                retry_after_seconds=config.retry_after_seconds,
                log_budget=log_budget,
            )
        ],
    )
    add_routes(
        app,
        webhooks=WebhookRoute(
            endpoints=endpoints(accounts, scheme_of=scheme_of),
            receive=ReceiveWebhook(
                publisher=group,
                refusals=refusals,
                clock=clock,
                on_publish_seconds=metrics.publish_seconds.observe,
            ),
            refusals=refusals,
            metrics=metrics,
            limits=BodyLimits(
                config.max_body_bytes, config.max_body_chunks, config.body_timeout_seconds
            ),
            clock=clock,
        ),
        metrics=metrics,
        is_ready=lambda: is_connected() and not draining.started,
    )

    async def last_words(_app: web.Application) -> AsyncIterator[None]:
        yield
        await group.close()
        await refusals.drain(config.stop_seconds)

    app.cleanup_ctx.append(last_words)
    return Ingress(app, _listener(config, app, metrics, log_budget), draining)


def _group(
    config: IngressConfig, *, publisher: Publisher, metrics: IngressMetrics
) -> GroupPublisher:
    return GroupPublisher(
        MeasuredPublisher(publisher, group_size=metrics.group_size),
        exchange=WEBHOOKS,
        routing_key=RECEIVED_KEY,
        deadline_seconds=config.confirm_timeout_seconds,
    )


def _refusals(
    config: IngressConfig, *, publisher: Publisher, clock: Clock, metrics: IngressMetrics
) -> RefusalRecorder:
    return RefusalRecorder(
        publisher=publisher,
        exchange=WEBHOOKS,
        source=SOURCE,
        clock=clock,
        limits=RefusalLimits(
            per_second=config.refused_per_second,
            burst=config.refused_burst,
            in_flight=config.refused_in_flight,
            body_bytes=config.refused_body_bytes,
        ),
        on_outcome=lambda outcome: metrics.refusals.labels(outcome).inc(),
    )


def _listener(
    config: IngressConfig, app: web.Application, metrics: IngressMetrics, log_budget: TokenBuckets
) -> Listener:
    limits = ConnectionLimits(
        connections=config.max_connections,
        keepalive_seconds=config.keepalive_seconds,
        lingering_seconds=config.lingering_seconds,
        unread_answer_seconds=config.unread_answer_seconds,
        stop_seconds=config.stop_seconds,
    )

    def on_malformed(error: BaseException | None) -> None:
        metrics.malformed.inc()
        if log_budget.take("malformed_request"):
            get_logger().warning("malformed request", error_type=type(error).__name__)

    return Listener(
        app,
        limits=limits,
        on_refused=metrics.connections_refused.inc,
        on_malformed=on_malformed,
        malformed_response=malformed_response,
    )
