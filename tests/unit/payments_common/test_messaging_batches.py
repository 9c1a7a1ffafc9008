import json

import pytest

from payments_common.errors import InvalidMessage, OperationRefused
from payments_common.messaging.batches import SomeFailed, handle_each, members
from payments_common.messaging.port import Delivery
from payments_common.schemas.envelope import BATCH_CONTENT_TYPE, CONTENT_TYPE, Envelope

EVENT = (
    '{"specversion":"1.0","id":"%s","type":"t","source":"/s","time":"2026-11-23T09:00:00Z",'
    '"traceparent":"00-aa","data":{"rate":0.10,"large":1E+2}}'
)


def arrived(body: str, content_type: str | None = BATCH_CONTENT_TYPE) -> Delivery:
    return Delivery(
        body=body.encode(),
        content_type=content_type,
        routing_key="received",
        message_id=None,
        correlation_id=None,
        reply_to=None,
        sender=None,
        attempt=1,
    )


def batch(*ids: str) -> str:
    return "[" + ",".join(EVENT % id_ for id_ in ids) + "]"


async def refuse_2(envelope: Envelope, _: Delivery) -> None:
    if envelope.id == "2":
        raise OperationRefused("no")


async def test_only_the_failing_envelope_goes_on() -> None:
    with pytest.raises(SomeFailed) as caught:
        await handle_each(refuse_2)(arrived(batch("1", "2", "3")))
    (failure,) = caught.value.failures
    assert isinstance(failure.error, OperationRefused)
    assert json.loads(failure.member.body)[0]["id"] == "2"


async def test_an_envelope_without_id_fails_alone() -> None:
    with pytest.raises(SomeFailed) as caught:
        await handle_each(refuse_2)(arrived(f'[{EVENT % "1"},{{"id":7}}]'))
    (failure,) = caught.value.failures
    assert isinstance(failure.error, InvalidMessage)
    assert failure.member.body == b'[{"id":7}]'


def test_an_envelope_sent_alone_keeps_unknown_members_and_exact_fractions() -> None:
    (member,) = members(arrived(batch("1")))
    alone = member.body.decode()
    assert '"rate":0.10' in alone
    assert '"large":1E+2' in alone
    assert '"traceparent":"00-aa"' in alone
    assert members(arrived(alone)) == [member]


def test_a_single_envelope_stays_a_single_envelope() -> None:
    (member,) = members(arrived(EVENT % "1", CONTENT_TYPE))
    assert member.envelope().id == "1"
    assert member.body.startswith(b"{")


def test_a_message_too_large_to_read_is_refused_unread() -> None:
    with pytest.raises(InvalidMessage) as caught:
        members(arrived(" " * (1024 * 1024 + 1)))
    assert caught.value.code == "message_too_large"
