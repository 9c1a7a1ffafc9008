"""The flows that are cut at every boundary: how each begins, what sets it off, how it must end."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from crash.order_under_test import TOTAL_MINOR, OrderUnderTest
from support.builders import capture, recheck, refund, void

CAPTURED_MINOR = 5_000
REFUNDED_MINOR = 4_000
"""Parts, so that an effect that comes twice is no more than what the gateway would take."""

GATEWAYS = ("tabby", "tamara", "myfatoorah")
Act = Callable[[OrderUnderTest], Coroutine[None, None, None]]
Effects = Mapping[str, tuple[int, ...]]
"""The gateway's ledger: the amounts of its lines, by their kind."""

_HELD: Effects = {"authorized": (TOTAL_MINOR,), "captured": (), "refunded": ()}
_TAKEN: Effects = {**_HELD, "captured": (TOTAL_MINOR,)}


@dataclass(frozen=True, slots=True)
class Flow:
    """`settle` is what is done at the gateway after it is over, where its effect needs that."""

    name: str
    begin: Act
    act: Act
    status: str
    effects: Effects
    settle: Act | None = None
    settled_status: str = ""
    gateways: tuple[str, ...] = GATEWAYS

    @property
    def last_status(self) -> str:
        return self.settled_status or self.status


async def _nothing(_: OrderUnderTest) -> None:
    pass


async def _open(order: OrderUnderTest) -> None:
    await order.is_open("manual")


async def _open_automatic(order: OrderUnderTest) -> None:
    await order.is_open("automatic")


async def _held(order: OrderUnderTest) -> None:
    await order.is_paid("manual", status="authorized")


async def _taken(order: OrderUnderTest) -> None:
    await order.is_paid("automatic", status="captured")


async def _paid_unheard(order: OrderUnderTest) -> None:
    await order.is_open("manual")
    await order.fault("webhook", "drop")
    await order.pay()


async def _held_and_deaf(order: OrderUnderTest) -> None:
    await _held(order)
    await order.fault("capture", "error", phase="after", status=503)


async def _asks_for_session(order: OrderUnderTest) -> None:
    await order.ask(order.session("manual"), "session")


async def _pays(order: OrderUnderTest) -> None:
    await order.pay()


async def _captures(order: OrderUnderTest) -> None:
    amount = order.money(CAPTURED_MINOR)
    await order.ask(capture(order_reference=order.reference, amount=amount), "capture")


async def _refunds(order: OrderUnderTest) -> None:
    amount = order.money(REFUNDED_MINOR)
    await order.ask(refund(order_reference=order.reference, amount=amount), "refund")


async def _voids(order: OrderUnderTest) -> None:
    await order.ask(void(order_reference=order.reference), "void")


async def _rechecks(order: OrderUnderTest) -> None:
    await order.ask(recheck(order_reference=order.reference), "recheck")


async def _is_polled(order: OrderUnderTest) -> None:
    """The reconciler finds that it is to be asked about, and its time has come."""
    await order.make_due()


async def _finance_refunds(order: OrderUnderTest) -> None:
    """Whatever was filed is paid out: a refund that was filed twice is paid twice."""
    await order.cell.sandbox.act(order.payment_id, "refund_processed")


_PARTLY: Effects = {**_HELD, "captured": (CAPTURED_MINOR,)}
_REFUNDED: Effects = {**_TAKEN, "refunded": (REFUNDED_MINOR,)}
_VOIDED: Effects = {**_HELD, "voided": (TOTAL_MINOR,)}

FLOWS = (
    Flow("session", _nothing, _asks_for_session, "pending", {"authorized": ()}),
    Flow("payment", _open, _pays, "authorized", _HELD),
    Flow("automatic_capture", _open_automatic, _pays, "captured", _TAKEN),
    Flow("capture", _held, _captures, "partially_captured", _PARTLY),
    Flow(
        "refund",
        _taken,
        _refunds,
        "partially_refunded",
        _REFUNDED,
        gateways=("tabby", "tamara"),
    ),
    Flow(
        "refund",
        _taken,
        _refunds,
        "captured",
        _REFUNDED,
        settle=_finance_refunds,
        settled_status="partially_refunded",
        gateways=("myfatoorah",),
    ),
    Flow("void", _held, _voids, "voided", _VOIDED),
    Flow("recheck", _paid_unheard, _rechecks, "authorized", _HELD),
    Flow("poll", _paid_unheard, _is_polled, "authorized", _HELD),
    Flow("lost_capture", _held_and_deaf, _captures, "partially_captured", _PARTLY),
)


def flow_named(name: str, gateway: str) -> Flow:
    return next(flow for flow in FLOWS if flow.name == name and gateway in flow.gateways)
