"""Commands that cannot be read: the sender hears what is wrong, and the message is kept."""

from typing import Any

import pytest

from payments_common.messaging.memory import MemoryBroker
from payments_common.messaging.messages import Message
from payments_common.messaging.topology import COMMANDS, Route
from payments_common.schemas.envelope import CONTENT_TYPE, Envelope
from payments_common.schemas.replies import Outcome
from support.builders import NOW, capture, session
from support.eventually import eventually
from support.world import REPLIES, World, world


def capture_data(**changes: Any) -> dict[str, Any]:
    return {**capture().model_dump(mode="json", exclude_none=True), **changes}


def session_data(**changes: Any) -> dict[str, Any]:
    return {**session().model_dump(mode="json", exclude_none=True), **changes}


def without(data: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


async def refused(here: World, type_: str, data: dict[str, Any]) -> tuple[str | None, str]:
    await here.publish(Envelope(id="bad", type=type_, source="shop", time=NOW, data=data))
    await eventually(lambda: bool(here.answers()) and bool(here.dead_letters()))
    answer = here.answers()[-1]
    assert (answer.outcome, answer.command_id) == (Outcome.REFUSED, "bad")
    return answer.code, answer.message or ""


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (capture_data(amount={"amount_minor": 10.5, "currency": "SAR"}), "amount.amount_minor"),
        (capture_data(amount={"amount_minor": 10.0, "currency": "SAR"}), "amount.amount_minor"),
        (capture_data(amount={"amount_minor": "10", "currency": "SAR"}), "amount.amount_minor"),
        (capture_data(amount={"amount_minor": 10**15 + 1, "currency": "SAR"}), "amount"),
        (capture_data(amount={"amount_minor": True, "currency": "SAR"}), "amount.amount_minor"),
        (capture_data(amount={"amount_minor": 0, "currency": "SAR"}), "more than zero"),
        (capture_data(amount={"amount_minor": -1, "currency": "SAR"}), "more than zero"),
        (capture_data(amount={"amount_minor": 1, "currency": "sar"}), "ISO 4217"),
        (capture_data(amount={"amount_minor": 1, "currency": "XAU"}), "ISO 4217"),
        (without(capture_data(), "order_reference"), "order_reference"),
        (capture_data(ammount=1), "ammount"),
    ],
)
async def test_a_capture_with_a_wrong_member_is_refused_and_the_member_named(
    data: dict[str, Any], named: str
) -> None:
    async with world() as here:
        code, message = await refused(here, "capture_payment.v1", data)
        assert code == "invalid_message"
        assert named in message


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (without(session_data(), "customer"), "customer"),
        (session_data(success_url="javascript:alert(1)"), "success_url"),
        (session_data(total_amount={"amount_minor": 0, "currency": "SAR"}), "total_amount"),
        (session_data(items=[]), "items"),
        (
            session_data(
                items=[{"title": "L", "unit_price": {"amount_minor": 1, "currency": "AED"}}]
            ),
            "unit_price",
        ),
    ],
)
async def test_a_session_with_a_wrong_member_is_refused_and_the_member_named(
    data: dict[str, Any], named: str
) -> None:
    async with world() as here:
        _, message = await refused(here, "create_session.v1", data)
        assert named in message


async def test_an_unknown_message_type_is_refused_with_the_known_ones() -> None:
    async with world() as here:
        code, message = await refused(here, "steal_money.v1", {})
        assert code == "unknown_message_type"
        assert "capture_payment.v1" in message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "invalid_json"),
        (b'{"specversion":"1.0","specversion":"1.0"}', "invalid_json"),
        (b'{"data": {"amount": NaN}}', "invalid_json"),
        (b'{"data": {"amount": 18446744073709551616}}', "invalid_json"),
        (b'{"specversion":"0.1"}', "invalid_message"),
        (b'{"data": "' + b"x" * (1024 * 1024) + b'"}', "message_too_large"),
    ],
)
async def test_bytes_that_are_no_command_are_refused_under_the_senders_correlation_id(
    body: bytes, code: str
) -> None:
    async with world() as here:
        await raw(here.shop, body)
        await eventually(lambda: bool(here.answers()) and bool(here.dead_letters()))
        assert (here.answers()[0].command_id, here.answers()[0].code) == ("mine", code)
        assert here.dead_letters()[0]["x-payments-code"] == code


async def test_bad_messages_stop_nobody_behind_them() -> None:
    async with world() as here:
        for _ in range(5):
            await raw(here.shop, b"not json")
        await eventually(lambda: len(here.dead_letters()) == 5)
        await here.pending()


async def test_nobody_can_have_an_answer_published_into_a_work_queue() -> None:
    async with world() as here:
        await raw(here.shop, b"not json", reply_to="orchestrator.commands")
        await eventually(lambda: len(here.dead_letters()) == 1)
        assert here.broker.queued("orchestrator.commands") == []
        assert here.answers() == []


async def raw(broker: MemoryBroker, body: bytes, *, reply_to: str = REPLIES) -> None:
    """Publishes bytes that no publisher of ours would."""
    message = Message(body, CONTENT_TYPE, correlation_id="mine", reply_to=reply_to)
    await broker.send_raw(Route(COMMANDS, "capture_payment"), message)
