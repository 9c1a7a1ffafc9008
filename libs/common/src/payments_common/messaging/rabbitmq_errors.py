"""RabbitMQ's errors, mapped once to ours."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import aiormq.exceptions
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelInvalidStateError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    DeliveryError,
    ProbableAuthenticationError,
    PublishError,
)

from payments_common.errors import (
    BrokerUnavailable,
    Misconfigured,
    PaymentsError,
    PublishUnknown,
    Unroutable,
)
from payments_common.messaging.topology import Route

FAILURES = (*CONNECTION_EXCEPTIONS, TimeoutError)
"""Everything, apart from a cancellation that nobody asked for, that the client may raise."""

_REFUSALS = (
    AuthenticationError,
    ProbableAuthenticationError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    aiormq.exceptions.ChannelAccessRefused,
    aiormq.exceptions.ConnectionNotAllowed,
)

_log = logging.getLogger(__name__)


@contextmanager
def setting_up(what: str) -> Iterator[None]:
    """Raises Misconfigured for what a person must put right, else BrokerUnavailable."""
    try:
        yield
    except _REFUSALS as error:
        raise Misconfigured(f"the broker refuses {what}: {_said(error)}") from error
    except FAILURES as error:
        raise BrokerUnavailable(f"the broker did not do {what}: {_said(error)}") from error
    except asyncio.CancelledError as error:
        if is_asked_for():
            raise
        raise BrokerUnavailable(f"the connection was lost during {what}") from error


@contextmanager
def ignoring_loss() -> Iterator[None]:
    """Lets pass what only says that the connection is gone: the broker has cleaned up already."""
    try:
        yield
    except FAILURES as error:
        _log.debug("the connection is gone: %s", _said(error))
    except asyncio.CancelledError:
        if is_asked_for():
            raise


def is_asked_for() -> bool:
    """Whether somebody cancelled this task; a dying connection cancels what waits for it too."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def publish_error(error: BaseException, route: Route) -> PaymentsError:
    """What a failed publish means for the message: not routable, not stored, or unknown."""
    where = f"{route.exchange or 'the queue'} {route.routing_key}"
    missing_exchange = f"no exchange '{route.exchange}'"
    match error:
        case PublishError():
            return Unroutable(f"no queue takes {where}: is the topology declared?")
        case ChannelNotFoundEntity() if missing_exchange in str(error):
            return Unroutable(f"the broker has {missing_exchange}: is the topology declared?")
        case aiormq.exceptions.ChannelAccessRefused() if f"'{route.exchange}'" in str(error):
            return Misconfigured(f"this RabbitMQ user may not publish to {where}")
        case DeliveryError():
            return BrokerUnavailable(f"the broker refused a message for {where}: is it full?")
        case ChannelInvalidStateError():
            return BrokerUnavailable(f"not connected, nothing was sent to {where}")
        case _:
            return PublishUnknown(
                f"a message for {where} was not confirmed, it may be stored: {_said(error)}"
            )


def _said(error: BaseException) -> str:
    return f"{type(error).__name__} {error}"[:300].strip()
