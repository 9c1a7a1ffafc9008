"""All replicas together compare each account once in its time, and a dead one's turn goes on."""

import asyncio
from typing import Any

import pytest

from payments_common.config import Account
from payments_common.errors import GatewayRefusal, OutcomeUnknown
from reconciler.adapters.memory import MemoryScoutNotes
from reconciler.handlers.list_in_turn import FIRST_REST_SECONDS, TURN_SECONDS, Lister
from support.clocks import START
from support.listed import ACCOUNT, TAKEN, Comparing, ListingGateway, known, seen
from support.world import tabby_account


@pytest.fixture
def comparing() -> Comparing:
    made = Comparing(ListingGateway({seen().payment_id: seen(TAKEN)}))
    made.orders.put(known(TAKEN))
    return made


@pytest.fixture
def notes() -> MemoryScoutNotes:
    return MemoryScoutNotes()


def account(**changes: Any) -> Account:
    return tabby_account("http://gateway.example.com").model_copy(update=changes)


def lister(comparing: Comparing, notes: MemoryScoutNotes, holder: str = "one") -> Lister:
    return Lister(account(), comparing.of, comparing.tools, notes, holder)


async def lists(comparing: Comparing, one: Lister) -> int:
    """How many days were listed by this look."""
    before = len(comparing.gateway.listed_days)
    await one.list_in_turn()
    return len(comparing.gateway.listed_days) - before


async def test_the_first_comparison_goes_back_as_far_as_the_account_says(
    comparing: Comparing, notes: MemoryScoutNotes
) -> None:
    one = lister(comparing, notes)
    assert await lists(comparing, one) == account().list_days + 1
    assert await one.reached() == START


async def test_it_is_done_again_only_after_the_account_s_pause(
    comparing: Comparing, notes: MemoryScoutNotes
) -> None:
    one, other = lister(comparing, notes), lister(comparing, notes, "other")
    await one.list_in_turn()
    await comparing.clock.sleep(account().list_seconds - 1)
    assert (await lists(comparing, one), await lists(comparing, other)) == (0, 0)
    await comparing.clock.sleep(1)
    assert await lists(comparing, other) > 0


async def test_after_an_absence_everything_since_is_listed(
    comparing: Comparing, notes: MemoryScoutNotes
) -> None:
    one = lister(comparing, notes)
    await one.list_in_turn()
    await comparing.clock.sleep(10 * 24 * 3600)
    assert await lists(comparing, one) == 10 + account().list_days + 1


async def test_two_at_once_list_once(comparing: Comparing, notes: MemoryScoutNotes) -> None:
    listers = [lister(comparing, notes, f"lister {n}") for n in range(5)]
    did = await asyncio.gather(*(each.list_in_turn() for each in listers))
    assert sum(did) == 1
    assert len(comparing.gateway.listed_days) == account().list_days + 1


async def test_one_that_is_killed_before_the_watermark_moved_is_followed_by_another(
    comparing: Comparing, notes: MemoryScoutNotes
) -> None:
    class Killed(MemoryScoutNotes):
        async def note(self, *_: object) -> None:
            raise asyncio.CancelledError

    stranger = seen(payment_id="p2", reference="ELSE-1")
    comparing.gateway.payments["p2"] = stranger
    dying = Killed()
    with pytest.raises(asyncio.CancelledError):
        await lister(comparing, dying).list_in_turn()
    # The next process finds the turn as the dead one left it.
    other = lister(comparing, dying, "other")
    assert await lists(comparing, other) == 0
    await comparing.clock.sleep(TURN_SECONDS)
    with pytest.raises(asyncio.CancelledError):
        await other.list_in_turn()
    assert comparing.kept == [("not_ours", "open", 1)]
    assert await dying.reached(other.work) is None


async def test_after_a_failure_all_leave_the_gateway_alone_for_longer_and_longer(
    comparing: Comparing, notes: MemoryScoutNotes
) -> None:
    one, other = lister(comparing, notes), lister(comparing, notes, "other")
    for rest in (FIRST_REST_SECONDS, 2 * FIRST_REST_SECONDS):
        comparing.gateway.fails = [OutcomeUnknown("slow")]
        with pytest.raises(OutcomeUnknown):
            await one.list_in_turn()
        await comparing.clock.sleep(rest - 1)
        assert (await lists(comparing, one), await lists(comparing, other)) == (0, 0)
        await comparing.clock.sleep(1)
    assert await lists(comparing, one) > 0


async def test_a_failure_moves_no_watermark(comparing: Comparing, notes: MemoryScoutNotes) -> None:
    one = lister(comparing, notes)
    comparing.gateway.refuses = GatewayRefusal("no", status=401, code="unauthorized")
    with pytest.raises(GatewayRefusal):
        await one.list_in_turn()
    assert await one.reached() is None
    assert ACCOUNT in one.work


async def test_a_turn_that_another_has_just_used_is_not_used_again(comparing: Comparing) -> None:
    class JustUsed(MemoryScoutNotes):
        async def take_turn(self, work: str, **_: object) -> bool:
            await self.note(work, comparing.clock.now())
            return True

    assert await lists(comparing, lister(comparing, JustUsed())) == 0
