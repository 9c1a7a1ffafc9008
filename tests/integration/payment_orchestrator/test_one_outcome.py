"""One command has one outcome, however often and wherever it is carried out at the same time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import pytest

from payment_orchestrator.handlers.receive_command import receive_command
from payment_orchestrator.ports import CommandRepository
from payments_common.messaging.port import Delivery
from payments_common.schemas.envelope import encode
from payments_common.schemas.replies import Answer
from support.builders import capture
from support.eventually import eventually
from support.world import REPLIES, World, world


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as opened:
        yield opened


class SlowAfterClaim:
    """Holds whoever has claimed a command, until it may go on."""

    def __init__(self, commands: CommandRepository) -> None:
        self._commands = commands
        self.claimed, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def claim(
        self, command_id: str, *, digest: str, received_at: datetime, order_id: str | None = None
    ) -> Answer | None:
        known = await self._commands.claim(
            command_id, digest=digest, received_at=received_at, order_id=order_id
        )
        self.claimed.set()
        await self.may_go_on.wait()
        return known

    async def refuse(self, command_id: str, answer: Answer) -> Answer | None:
        return await self._commands.refuse(command_id, answer)

    async def answer(self, command_id: str, answer: Answer) -> Answer:
        return await self._commands.answer(command_id, answer)


async def test_whoever_found_no_order_does_not_refuse_what_another_has_begun(here: World) -> None:
    command = here.wrapped(capture(), command_id="capture-1")
    slow = SlowAfterClaim(here.tools.commands)
    delivery = Delivery(encode(command), None, "", None, "capture-1", REPLIES, None, attempt=1)
    late = asyncio.create_task(
        receive_command(command, delivery, tools=replace(here.tools, commands=slow))
    )
    await slow.claimed.wait()
    await here.authorized()
    await here.publish(command)
    await here.until("SHOP-1001", "captured")
    slow.may_go_on.set()
    await late
    await eventually(lambda: len(_answers(here)) == 2)
    assert {answer.outcome for answer in _answers(here)} == {"succeeded"}


async def test_whoever_found_no_order_refuses_for_all_that_come_after(here: World) -> None:
    refused = await here.send(capture(), command_id="capture-1")
    assert refused.code == "unknown_order"
    order = await here.authorized()
    again = await here.send(capture(), command_id="capture-1")
    assert (again.code, (await here.order()).operations) == ("unknown_order", order.operations)


def _answers(here: World) -> list[Answer]:
    return [answer for answer in here.answers() if answer.command_id == "capture-1"]
