"""Asks the gateway what it knows of one order's payments."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from payments_common.errors import GatewayOutage, GatewayRefusal, Refusal, Throttled
from payments_common.gateways.port import CallContext, FindsPayments, Gateway
from payments_common.schemas.observations import Observation, ObservationSource
from payments_common.telemetry.logs import get_logger
from reconciler.domain.mark import Mark
from reconciler.ports import PollResult

THROTTLED_SECONDS = 5.0
"""Whoever only had no turn waits no longer each time, as it would for a gateway that is away."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of it. `is_answered` says that the gateway has spoken of all that it was asked."""

    observations: tuple[Observation, ...]
    result: PollResult
    is_answered: bool
    retry_after_seconds: float | None = None


async def ask_gateway(mark: Mark, gateway: Gateway) -> Asked:
    """Raises nothing that a gateway can do: outages and refusals are in the answer."""
    context = CallContext(order_id=mark.order_id, purpose="poll")
    if mark.payment_ids:
        asks = [partial(gateway.get_payment, each, context=context) for each in mark.payment_ids]
        return _together(await asyncio.gather(*(_one(mark, ask) for ask in asks)))
    if isinstance(gateway, FindsPayments):
        find = partial(gateway.find_payment, mark.order_reference, context=context)
        return await _one(mark, find)
    return Asked((), PollResult.UNKNOWN_PAYMENT, is_answered=True)


async def _one(mark: Mark, ask: Callable[[], Awaitable[Observation | None]]) -> Asked:
    try:
        seen = await ask()
    except GatewayRefusal as refusal:
        _tell(mark, refusal.code, refusal)
        # Nobody is asked about anything with a wrong key: that is no word on the payment.
        return Asked((), PollResult.REFUSED, is_answered=not refusal.is_of_access)
    except GatewayOutage as outage:
        # It answered, in words that we cannot read: asking at once again would not help.
        if isinstance(outage.__cause__, Refusal):
            _tell(mark, "unreadable_answer", outage)
            return Asked((), PollResult.REFUSED, is_answered=True)
        seconds = outage.retry_after_seconds
        if seconds is None and isinstance(outage, Throttled):
            seconds = THROTTLED_SECONDS
        return Asked((), PollResult.NO_ANSWER, is_answered=False, retry_after_seconds=seconds)
    if seen is None:
        return Asked((), PollResult.UNKNOWN_PAYMENT, is_answered=True)
    polled = seen.model_copy(update={"source": ObservationSource.POLL})
    return Asked((polled,), PollResult.ANSWERED, is_answered=True)


def _together(parts: Iterable[Asked]) -> Asked:
    """As good as its worst part: an order is asked about as a whole."""
    every = list(parts)
    seconds = [e.retry_after_seconds for e in every if e.retry_after_seconds is not None]
    results = {each.result for each in every}
    return Asked(
        observations=tuple(seen for each in every for seen in each.observations),
        result=next(each for each in _WORST_FIRST if each in results),
        is_answered=all(each.is_answered for each in every),
        retry_after_seconds=max(seconds, default=None),
    )


_WORST_FIRST = (
    PollResult.NO_ANSWER,
    PollResult.REFUSED,
    PollResult.UNKNOWN_PAYMENT,
    PollResult.ANSWERED,
)


def _tell(mark: Mark, code: str, error: Exception) -> None:
    get_logger().warning(
        "poll_refused", order_id=mark.order_id, account=mark.account, code=code, why=str(error)
    )
