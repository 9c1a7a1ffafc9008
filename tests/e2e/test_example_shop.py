"""The example service that the documentation starts with, run as a user runs it."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from payments_demo.customer import visit
from payments_demo.house import House

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "shop.py"
SECONDS = 60.0


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(report=lambda _: None) as house:
        yield house


def run_documented_registration(account: str, house: House) -> dict[str, object]:
    """Runs the program that docs/gateway-operator.md has for it; returns the answer it prints."""
    document = (ROOT / "docs" / "gateway-operator.md").read_text()
    (program,) = re.findall(r"```python\n(# register_webhook.py.*?)```", document, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program, account, f"{house.urls.ingress}/webhooks/{account}"],
        env=dict(house.environment),
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def shop_is_open(house: House) -> None:
    assert run_documented_registration("tabby-ksa", house)["outcome"] == "succeeded"


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


def test_the_documented_registration_says_what_is_wrong(house: House) -> None:
    answer = run_documented_registration("tabby-uae", house)
    assert (answer["outcome"], answer["code"]) == ("refused", "unknown_account")


def test_the_example_is_under_60_lines() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60
