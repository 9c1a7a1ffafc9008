"""The example service that the documentation starts with, run as a user runs it."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from payments_demo.customer import visit
from payments_demo.house import House
from support.operator import run_as_operator

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "shop.py"
SECONDS = 60.0


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(report=lambda _: None) as house:
        yield house


def documented_commands() -> list[str]:
    """Every `payments` command of docs/gateway-operator.md that needs no order."""
    document = (ROOT / "docs" / "gateway-operator.md").read_text()
    typed = re.findall(r"^\.venv/bin/(payments (?:accounts|webhooks) .*)$", document, re.MULTILINE)
    return [line.partition("#")[0].strip() for line in typed]


@pytest.fixture(scope="module")
def shop_is_open(house: House) -> None:
    assert run_as_operator("payments webhooks sync", house.environment).returncode == 0


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


def test_the_example_captures_what_is_authorized_and_refunds(
    house: House, shop_is_open: None
) -> None:
    assert run_until_the_customer_did("pay", house) == [
        "#1 payment.session_created, now pending",
        "#2 payment.authorized, now authorized",
        "capture: succeeded",
        "#3 payment.captured, now captured",
        "refund: succeeded",
        "#4 refund.processed, now partially_refunded",
    ]


def test_the_example_ends_when_the_payment_is_declined(house: House, shop_is_open: None) -> None:
    assert run_until_the_customer_did("decline", house)[-1] == "#2 payment.failed, now failed"


@pytest.mark.parametrize("command", documented_commands())
def test_a_documented_operator_command_works(house: House, command: str) -> None:
    done = run_as_operator(command, house.environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_that_operators_are_promised_is_documented() -> None:
    words = {" ".join(each.split()[1:3]) for each in documented_commands()}
    assert words == {"accounts check", "webhooks sync", "webhooks verify", "webhooks health"}


def test_the_example_is_under_60_lines() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60
