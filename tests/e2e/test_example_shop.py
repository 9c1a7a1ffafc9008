"""The example service that the documentation starts with, run as a user runs it."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from payments_common.client import connect
from payments_common.schemas.commands import RegisterWebhook
from payments_common.schemas.parties import Actor
from payments_common.schemas.replies import Outcome
from payments_demo.customer import visit
from payments_demo.house import House

EXAMPLE = Path(__file__).parents[2] / "examples" / "shop.py"
SECONDS = 60.0


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(report=lambda _: None) as house:
        asyncio.run(register_webhooks(house))
        yield house


async def register_webhooks(house: House) -> None:
    async with connect(house.urls.rabbitmq, name="operator") as payments:
        answer = await payments.send(
            RegisterWebhook(
                account="tabby-ksa",
                url=f"{house.urls.ingress}/webhooks/tabby-ksa",
                requested_by=Actor(user_id="tests"),
            )
        )
    assert answer.outcome is Outcome.SUCCEEDED


def run_until_the_customer_did(action: str, house: House) -> list[str]:
    """The example's output, from a shop whose customer presses `action` on the hosted page."""
    with subprocess.Popen(
        [sys.executable, str(EXAMPLE)],
        env=dict(house.environment),
        stdout=subprocess.PIPE,
        text=True,
    ) as shop:
        try:
            assert shop.stdout is not None
            first = shop.stdout.readline()
            asyncio.run(visit(re.findall(r"https?://\S+", first)[0], action=action))
            output, _ = shop.communicate(timeout=SECONDS)
        finally:
            shop.kill()
    assert shop.returncode == 0
    return output.splitlines()


def test_the_example_captures_what_is_authorized_and_refunds(house: House) -> None:
    assert run_until_the_customer_did("pay", house) == [
        "#1 payment.session_created, now pending",
        "#2 payment.authorized, now authorized",
        "capture: succeeded",
        "#3 payment.captured, now captured",
        "refund: succeeded",
        "#4 refund.processed, now partially_refunded",
    ]


def test_the_example_ends_when_the_payment_is_declined(house: House) -> None:
    assert run_until_the_customer_did("decline", house)[-1] == "#2 payment.failed, now failed"


def test_the_example_is_under_60_lines() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60
