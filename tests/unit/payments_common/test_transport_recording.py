"""Every call is recorded, whatever becomes of it, and recording never costs an answer."""

import asyncio

import pytest
from structlog.testing import capture_logs

from payments_common.errors import OutcomeUnknown
from payments_common.gateways.transport import Answer
from support.api_calls import BrokenApiCalls
from support.transport_bench import CONTEXT, SECRET, answering, bench, silent

DEADLINE_SECONDS = 10.0


async def test_a_cancelled_call_is_cancelled_and_recorded() -> None:
    async with bench(silent) as it:
        calling = asyncio.create_task(it.call())
        await asyncio.wait_for(it.gateway.received.wait(), DEADLINE_SECONDS)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
    (call,) = it.kept.calls
    assert (call.error, call.status, call.operation) == ("cancelled", None, "capture")


async def test_each_call_is_recorded_with_what_it_is_for() -> None:
    body = b'{"id": "p-1", "status": "CLOSED", "buyer": {"name": "Canary"}}'
    async with bench(answering(200, body)) as it:
        await it.call(json={"amount": "1.00", "reference_id": "r-1", "buyer": {"name": "Canary"}})
    (call,) = it.kept.calls
    assert (call.account, call.method, call.path) == ("tabby-ksa", "POST", "/captures")
    assert call.request == {"amount": "1.00", "reference_id": "r-1"}
    assert (call.status, call.answer, call.error) == (200, {"id": "p-1", "status": "CLOSED"}, None)
    assert call.context == CONTEXT
    assert call.duration_seconds >= 0
    assert call.started_at.tzinfo is not None
    assert "canary" not in repr(call).lower()


async def test_a_list_is_recorded_too() -> None:
    async with bench(answering(200, b'[{"id": "1"}]')) as it:
        await it.call("GET")
    assert it.kept.calls[0].answer == {"list": [{"id": "1"}]}


async def test_a_store_that_is_down_does_not_lose_the_answer() -> None:
    with capture_logs() as logs:
        async with bench(answering(200), api_calls=BrokenApiCalls()) as it:
            answer = await it.call(json={"amount": "1.00", "buyer": "Canary"})
    assert answer == Answer(200, {}, None)
    assert logs[0]["event"] == "api_call_not_recorded"
    assert "Canary" not in repr(logs)
    assert SECRET not in repr(logs)


async def test_a_store_that_is_down_does_not_hide_an_outage() -> None:
    async with bench(answering(500), api_calls=BrokenApiCalls()) as it:
        with pytest.raises(OutcomeUnknown):
            await it.call()
