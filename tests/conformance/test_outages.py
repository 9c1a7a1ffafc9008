"""Outages: an answer that is lost is asked for, and whatever happens has one effect."""

from typing import Any

import pytest

from conformance.house import House
from conformance.results import REFUSED
from support.builders import recheck

LOST = [
    pytest.param({"kind": "error", "status": 503}, id="503 before"),
    pytest.param({"kind": "error", "phase": "after", "status": 500}, id="500 after"),
    pytest.param({"kind": "reset"}, id="reset before"),
    pytest.param({"kind": "reset", "phase": "after"}, id="reset after"),
    pytest.param({"kind": "html", "phase": "after", "status": 502}, id="page after"),
]
Fault = dict[str, Any]


@pytest.mark.parametrize("fault", LOST)
async def test_a_capture_whose_answer_is_lost_has_one_effect(house: House, fault: Fault) -> None:
    await house.held()
    await house.fault("capture", **fault)
    answer = await house.capture()
    assert answer.outcome == "succeeded", answer
    assert await house.effects("captured") == [15000]
    assert (await house.agrees())["captured"] == 15000
    assert house.told().count("payment.captured") == 1


@pytest.mark.parametrize("fault", LOST)
async def test_a_refund_whose_answer_is_lost_has_one_effect(house: House, fault: Fault) -> None:
    await house.taken()
    await house.fault("refund", **fault)
    answer = await house.refund(5000)
    assert answer.outcome == "succeeded", answer
    if house.subject.refund_is_later:
        await house.staff("refund_processed")
    await house.rest()
    assert await house.effects("refunded") == [5000]
    assert (await house.agrees())["refunded"] == 5000


@pytest.mark.parametrize("fault", LOST)
async def test_a_void_whose_answer_is_lost_has_one_effect(house: House, fault: Fault) -> None:
    await house.held()
    await house.fault("void", **fault)
    answer = await house.void()
    assert answer.outcome == "succeeded", answer
    assert await house.effects("voided") == [15000]
    await house.agrees()


@pytest.mark.parametrize("fault", LOST)
async def test_an_authorization_whose_answer_is_lost_has_one_effect(
    house: House, fault: Fault
) -> None:
    if not house.able.authorizes_by_call:
        house.outcome.not_meaningful("it authorizes by itself")
        return
    await house.fault("authorize", **fault)
    await house.held()
    assert await house.effects("authorized") == [15000]
    await house.agrees()


@pytest.mark.parametrize("operation", ["capture", "refund"])
async def test_over_the_rate_limit_it_waits_and_has_one_effect(
    house: House, operation: str
) -> None:
    ready, ask = {
        "capture": (house.held, house.capture),
        "refund": (house.taken, house.refund),
    }[operation]
    await ready()
    await house.fault(operation, "rate_limit", count=2)
    answer = await ask()
    assert answer.outcome == "succeeded", answer
    assert await house.requests(operation) == 3
    await house.agrees()


async def test_a_gateway_that_never_answers_is_asked_what_became_of_it(house: House) -> None:
    await house.held()
    await house.fault("capture", "hang", phase="after")
    answer = await house.capture()
    assert answer.outcome == "succeeded", answer
    assert await house.effects("captured") == [15000]
    assert await house.requests("capture") == 1


async def test_a_process_that_dies_while_it_captures_captures_once(house: House) -> None:
    await house.held()
    await house.fault("capture", "hang", phase="after")
    await house.begin_capture()
    await house.world.crash_and_restart()
    await house.settle()
    assert await house.effects("captured") == [15000]
    assert (await house.agrees())["captured"] == 15000


async def test_nothing_else_moves_before_an_unknown_outcome_is_known(house: House) -> None:
    await house.held()
    await house.fault("capture", "error", phase="after", status=500)
    await house.fault("read", "error", status=503, count=2)
    await house.begin_capture(5000)
    answer = await house.capture(5000)
    order = await house.rest()
    await house.agrees()
    if not house.able.several_captures:
        assert await house.effects("captured") == [5000]
        house.outcome.verdict = REFUSED
        return
    assert answer.outcome == "succeeded", answer
    first, second = (o for o in order.operations if o.kind == "capture")
    assert first.closed_at is not None
    assert second.attempts[0].started_at >= first.closed_at
    await house.agrees()


async def test_an_outage_while_asking_is_only_a_later_answer(house: House) -> None:
    await house.held()
    await house.fault("read", "error", status=503)
    answer = await house.send(recheck())
    assert answer.outcome in {"unavailable", "succeeded"}
    assert (await house.rest()).status == "authorized"
