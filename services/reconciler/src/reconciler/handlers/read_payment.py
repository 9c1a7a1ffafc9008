"""Reads one payment for the sake of comparing it, no faster than the account's share allows."""

from enum import StrEnum

from payments_common.errors import GatewayOutage, GatewayRefusal, InvalidMessage, Refusal
from payments_common.gateways.port import CallContext
from payments_common.schemas.observations import Observation
from payments_common.telemetry.logs import get_logger
from reconciler.handlers.reconciling import ListedAccount, ListTools, Run

PURPOSE = "reconcile"
LONGEST_PAUSE_SECONDS = 300.0


class Silence(StrEnum):
    """`absent`: the gateway knows no such payment. `unreadable`: its answer means nothing to us."""

    ABSENT = "absent"
    UNREADABLE = "unreadable"


async def read_payment(
    payment_id: str, order_id: str | None, run: Run, *, of: ListedAccount, tools: ListTools
) -> Observation | Silence:
    """Asks several times; raises GatewayOutage if none was answered, GatewayRefusal of our key."""
    context = CallContext(order_id=order_id, purpose=PURPOSE)
    for pause in (*tools.retry_pauses, None):
        await of.pace.acquire()
        try:
            return await of.gateway.get_payment(payment_id, context=context)
        except GatewayRefusal as refusal:
            if refusal.is_of_access:
                raise
            if refusal.status == 404:
                return Silence.ABSENT
            return _unreadable(payment_id, run, refusal)
        except InvalidMessage as error:
            return _unreadable(payment_id, run, error)
        except GatewayOutage as outage:
            if isinstance(outage.__cause__, Refusal):
                return _unreadable(payment_id, run, outage)
            if pause is None:
                raise
            asked_for = outage.retry_after_seconds or 0.0
            await tools.clock.sleep(min(max(pause, asked_for), LONGEST_PAUSE_SECONDS))
    raise AssertionError("the last attempt returns or raises")


def _unreadable(payment_id: str, run: Run, error: Exception) -> Silence:
    """It stops no other payment, and is seen in the log."""
    run.unreadable += 1
    log = get_logger().bind(account=run.account, payment_id=payment_id)
    log.warning("payment_not_readable", exc_info=error)
    return Silence.UNREADABLE
