import pytest

from payments_common.messaging.messages import Message, again, delivery_of
from payments_common.messaging.port import Delivery


def arrived(*, user: str | None = "shop", redeliveries: int = 0, **headers: object) -> Delivery:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return delivery_of(
        Message(b"{}", None, headers=names),
        routing_key="orchestrator.commands",
        message_id="m-1",
        user=user,
        own_user="orchestrator",
        redeliveries=redeliveries,
    )


def test_our_own_word_on_the_first_sender_is_taken() -> None:
    assert arrived(user="orchestrator", x_payments_sender="shop").sender == "shop"


@pytest.mark.parametrize("user", ["shop", None])
def test_nobody_else_may_name_another_sender(user: str | None) -> None:
    assert arrived(user=user, x_payments_sender="console").sender == user


def test_the_first_routing_key_survives_the_delay_queue() -> None:
    assert arrived().routing_key == "orchestrator.commands"
    assert arrived(x_payments_routing_key="capture_payment").routing_key == "capture_payment"


def test_attempts_count_over_retries_and_redeliveries() -> None:
    assert arrived(x_payments_attempt=3, redeliveries=2).attempt == 5


@pytest.mark.parametrize("nonsense", ["3", -1, 0, 10**12, None, b"3"])
def test_a_nonsensical_attempt_counts_as_the_first(nonsense: object) -> None:
    assert arrived(x_payments_attempt=nonsense).attempt == 1


def test_what_the_broker_added_stays_behind_when_a_message_is_sent_again() -> None:
    message = again(
        arrived(traceparent="00-aa", x_death=[{}], x_delivery_count=4, x_payments_attempt=2),
        headers={"x-payments-attempt": 3},
    )
    assert message.headers == {
        "traceparent": "00-aa",
        "x-payments-attempt": 3,
        "x-payments-routing-key": "orchestrator.commands",
        "x-payments-sender": "shop",
    }
