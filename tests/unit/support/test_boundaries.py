"""A wrapped port is the port, and tells of every call through it."""

import asyncio

import pytest

from payments_common.errors import LostRace
from payments_common.gateways.port import AuthorizesByCall, FindsPayments
from support.boundaries import at_boundaries


class Shelf:
    """A port as ours are: calls that change, calls that read, things that are no call."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    @property
    def size(self) -> int:
        return len(self.kept)

    async def save(self, what: str) -> int:
        self.kept.append(what)
        return len(self.kept)

    async def refuse(self) -> None:
        raise LostRace("somebody was faster")

    async def hang(self) -> None:
        await asyncio.Event().wait()

    async def get(self) -> list[str]:
        return self.kept

    async def find_payment(self, order_reference: str, *, context: object) -> None:
        _ = order_reference, context


def told_shelf() -> tuple[Shelf, list[str]]:
    told: list[str] = []

    async def reached(point: str) -> None:
        told.append(point)

    return at_boundaries("shelf", Shelf(), reached), told


async def test_a_call_is_told_before_and_after_it_and_gives_its_answer() -> None:
    shelf, told = told_shelf()
    assert await shelf.save("cup") == 1
    assert told == ["shelf.save:before", "shelf.save:after"]


async def test_a_call_that_fails_has_ended_too() -> None:
    shelf, told = told_shelf()
    with pytest.raises(LostRace):
        await shelf.refuse()
    assert told == ["shelf.refuse:before", "shelf.refuse:after"]


async def test_a_call_that_is_cancelled_has_not_ended() -> None:
    shelf, told = told_shelf()
    task = asyncio.create_task(shelf.hang())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert told == ["shelf.hang:before"]


async def test_who_never_returns_from_the_point_before_a_call_has_not_made_it() -> None:
    async def reached(point: str) -> None:
        if point == "shelf.save:before":
            await asyncio.Event().wait()

    shelf = at_boundaries("shelf", Shelf(), reached)
    task = asyncio.create_task(shelf.save("cup"))
    await asyncio.sleep(0)
    assert shelf.size == 0
    task.cancel()


async def test_reading_our_own_store_is_no_boundary() -> None:
    shelf, told = told_shelf()
    assert await shelf.get() == []
    assert shelf.size == 0
    assert told == []


async def test_a_wrapped_port_can_do_what_the_port_can_and_no_more() -> None:
    shelf, _ = told_shelf()
    assert isinstance(shelf, Shelf)
    assert isinstance(shelf, FindsPayments)
    assert not isinstance(shelf, AuthorizesByCall)
