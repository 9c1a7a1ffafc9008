import asyncio

import pytest

from payments_common.errors import BrokerUnavailable, PublishUnknown, Unroutable
from payments_common.messaging.group_publisher import LARGEST_GROUP_BYTES, GroupPublisher
from payments_common.messaging.port import Outgoing
from payments_common.schemas.envelope import encode_batch
from support.clocks import settle
from support.messages import envelope


class GatedPublisher:
    """Confirms while open; remembers what it was given."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.groups: list[list[str]] = []
        self.largest_bytes = 0
        self.gate = asyncio.Event()
        self._error = error

    async def publish(self, outgoing: Outgoing) -> None:
        assert outgoing.batch
        self.groups.append([each.id for each in outgoing.envelopes])
        self.largest_bytes = max(self.largest_bytes, len(encode_batch(outgoing.envelopes)))
        await self.gate.wait()
        if self._error is not None:
            raise self._error


def grouping(publisher: GatedPublisher, **limits: float) -> GroupPublisher:
    return GroupPublisher(
        publisher,
        exchange="payments.webhooks",
        routing_key="received",
        **limits,  # type: ignore[arg-type]
    )


def publishing(group: GroupPublisher, ids: range, text: str = "") -> list[asyncio.Task[None]]:
    return [asyncio.create_task(group.publish(envelope(str(id_), text=text))) for id_ in ids]


async def test_at_low_load_a_group_has_one_member_and_goes_out_at_once() -> None:
    publisher = GatedPublisher()
    publisher.gate.set()
    group = grouping(publisher)
    for id_ in "123":
        await group.publish(envelope(id_))
    assert publisher.groups == [["1"], ["2"], ["3"]]


async def test_what_waits_at_the_same_moment_goes_out_together() -> None:
    publisher = GatedPublisher()
    group = grouping(publisher, largest_group=4)
    tasks = publishing(group, range(10))
    await settle()
    assert publisher.groups == [["0"], ["1"]]
    publisher.gate.set()
    await asyncio.gather(*tasks)
    assert publisher.groups[2:] == [["2", "3", "4", "5"], ["6", "7", "8", "9"]]


async def test_nobody_returns_before_the_confirm() -> None:
    publisher = GatedPublisher()
    (task,) = publishing(grouping(publisher), range(1))
    await settle()
    assert not task.done()
    publisher.gate.set()
    await task


async def test_a_group_stays_below_its_largest_size() -> None:
    publisher = GatedPublisher()
    tasks = publishing(grouping(publisher), range(12), text="x" * (LARGEST_GROUP_BYTES // 4))
    await settle()
    publisher.gate.set()
    await asyncio.gather(*tasks)
    assert max(len(group) for group in publisher.groups) == 3
    assert publisher.largest_bytes <= LARGEST_GROUP_BYTES


async def test_an_error_reaches_every_member_of_its_group() -> None:
    publisher = GatedPublisher(error=Unroutable("no queue"))
    publisher.gate.set()
    results = await asyncio.gather(
        *publishing(grouping(publisher), range(4)), return_exceptions=True
    )
    assert [type(each) for each in results] == [Unroutable] * 4


async def test_more_than_may_wait_are_turned_away_at_once() -> None:
    publisher = GatedPublisher()
    group = grouping(publisher, most_waiting=3)
    tasks = publishing(group, range(5))
    await settle()
    with pytest.raises(BrokerUnavailable, match="3 messages wait"):
        await group.publish(envelope("6"))
    publisher.gate.set()
    await asyncio.gather(*tasks)


async def test_one_who_leaves_harms_no_other() -> None:
    publisher = GatedPublisher()
    tasks = publishing(grouping(publisher), range(5))
    await settle()
    tasks[0].cancel()
    tasks[3].cancel()
    await settle()
    publisher.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [
        asyncio.CancelledError,
        type(None),
        type(None),
        asyncio.CancelledError,
        type(None),
    ]
    assert publisher.groups == [["0"], ["1"], ["2", "4"]]


async def test_a_deadline_tells_what_was_sent_from_what_was_not() -> None:
    publisher = GatedPublisher()
    group = grouping(publisher, groups_in_flight=1, deadline_seconds=0.05)
    results = await asyncio.gather(*publishing(group, range(2)), return_exceptions=True)
    assert [type(each) for each in results] == [PublishUnknown, BrokerUnavailable]
    assert publisher.groups == [["0"]]
    publisher.gate.set()
    await group.publish(envelope("2"))


async def test_close_waits_for_what_is_under_way_and_takes_no_more() -> None:
    publisher = GatedPublisher()
    group = grouping(publisher)
    tasks = publishing(group, range(5))
    await settle()
    closing = asyncio.create_task(group.close())
    await settle()
    with pytest.raises(BrokerUnavailable, match="closing"):
        await group.publish(envelope("6"))
    assert not closing.done()
    publisher.gate.set()
    await closing
    assert all(task.done() for task in tasks)
