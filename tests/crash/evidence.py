"""What a person needs to see when the oracle has found something."""

import asyncio

from crash.order_under_test import OrderUnderTest
from payments_demo.agreement import timeline


async def evidence_of(tested: OrderUnderTest) -> str:
    """The gateway's ledger of the order, and our timeline of it."""
    lines = [
        f"  {account['payment_id']}: {entry['kind']} {entry['amount_minor']} "
        f"by {entry['origin']}, reference {entry['reference_id']}"
        for account in await tested.cell.sandbox.ledger(tested.reference)
        for entry in account["entries"]
    ]
    try:
        told = await asyncio.to_thread(
            timeline, tested.reference, environment=tested.cell.environment
        )
    except RuntimeError as error:
        told = str(error)
    return "\n".join(("the gateway's ledger:", *lines, told))
