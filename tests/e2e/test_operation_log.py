"""The capture log and the refund log of real processes, held against each gateway's ledger."""

import json
from collections.abc import Mapping
from typing import Any

from payments_demo.agreement import compare
from payments_demo.house import House
from payments_demo.story import Part, parts, storyteller
from support.operator import run_as_operator

LEDGER = {"capture": "captured", "refund": "refunded", "void": "voided"}


def entries(environment: Mapping[str, str], order_reference: str) -> list[dict[str, Any]]:
    command = f"payments operations list --json --order {order_reference}"
    done = run_as_operator(command, environment)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_adds_up(house: House, part: Part) -> None:
    found = entries(house.environment, part.order_reference)
    agreement = compare(
        part.order_reference, sandbox_url=house.urls.sandbox, environment=house.environment
    )
    moved = {
        name: sum(entry["moved_minor"] or 0 for entry in found if entry["kind"] == kind)
        for kind, name in LEDGER.items()
    }
    assert moved == {name: agreement.theirs[name] for name in moved}
    for entry in found:
        assert (entry["http_status"], entry["currency"]) == (200, part.total.currency)
        assert entry["answer"]
        assert entry["user_id"] in {"demo-shop", "policy"} or entry["origin"] == "gateway"


async def test_what_the_log_says_has_moved_is_the_ledger_at_every_gateway(house: House) -> None:
    async def go_on(_: str) -> None:
        return

    lamp, rugs, _, vase, ouds = parts()
    async with storyteller(house.urls, tell=lambda *_: None, pause=go_on) as story:
        await story.register_webhooks()
        await story.captured_and_partly_refunded(lamp)
        await story.captured_in_two_parts_then_closed(rugs)
        await story.approved_then_shipped(vase)
        await story.paid_then_refunded_by_finance(ouds)
    for part in (lamp, rugs, vase, ouds):
        assert_adds_up(house, part)
