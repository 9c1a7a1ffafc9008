"""Captures, releases and refunds: what is sent, and what each answer means."""

from typing import Any

import httpx
import pytest

from payments_common.errors import GatewayRefusal, NotSent, OutcomeUnknown
from payments_common.gateways.port import Declined
from payments_common.schemas.observations import (
    CaptureFact,
    Observation,
    ObservationSource,
    PaymentFacts,
    RefundFact,
    RefundStatus,
)
from support.myfatoorah_payloads import (
    CAPTURE_ID,
    INVOICE_ID,
    NO_DATA,
    captured,
    envelope,
    filed,
    held,
    invoice,
    paid,
    refunded,
    refunds,
    refusal,
    released,
    row,
)
from support.myfatoorah_script import (
    CONTEXT,
    REFUND,
    Move,
    RawScript,
    capturing,
    myfatoorah,
    refunding,
    voiding,
)
from support.scripted_tabby import Script, ok

HELD = ok(envelope(invoice(held())))
every_move = pytest.mark.parametrize("move", [capturing, refunding, voiding])
NO = refusal(("Key", "The transaction is already under processing!"))


@pytest.mark.parametrize(
    ("move", "after", "money"),
    [
        (capturing, paid(held(), captured()), (40000, 0)),
        (
            capturing,
            paid(held(), captured("2.000"), InvoiceValue=2, InvoiceDisplayValue="2.000 KD"),
            (2000, 38000),
        ),
        (voiding, invoice(held(), released()), (0, 40000)),
    ],
)
async def test_a_capture_or_release_answers_with_the_invoice_after_it(
    move: Move, after: Any, money: tuple[int, int]
) -> None:
    script = Script(ok(envelope(after)))
    async with myfatoorah(script) as gateway:
        seen = await move(gateway)
    assert isinstance(seen, Observation)
    assert (seen.source, seen.evidence) == (ObservationSource.ANSWER, "call-1")
    taken = sum(each.amount_minor for each in seen.facts.captures)
    assert (taken, seen.facts.voided_minor, seen.facts.closed) == (*money, True)
    assert script.asked == ["POST /v2/UpdatePaymentStatus"]


async def test_a_capture_names_its_amount_and_a_release_none() -> None:
    script = RawScript(ok(envelope(paid(held(), captured()))), ok(envelope(paid(held()))))
    async with myfatoorah(script) as gateway:
        await capturing(gateway)
        await voiding(gateway)
    named = {"Key": INVOICE_ID, "KeyType": "InvoiceId"}
    assert script.bodies == [
        {"Operation": "Capture", "Amount": 40, **named},
        {"Operation": "Release", **named},
    ]
    assert b'"Amount":40.000,' in script.raw[0]


async def test_a_capture_has_the_id_of_the_row_that_it_made() -> None:
    async with myfatoorah(Script(ok(envelope(paid(held(), captured()))))) as gateway:
        seen = await capturing(gateway)
    assert isinstance(seen, Observation)
    assert [(each.capture_id, each.reference) for each in seen.facts.captures] == [(CAPTURE_ID, "")]
    assert isinstance(seen.facts.captures[0], CaptureFact)


async def test_a_refund_is_filed_and_pending() -> None:
    script = RawScript(ok(filed()))
    async with myfatoorah(script) as gateway:
        seen = await refunding(gateway)
    pending = RefundFact(
        refund_id="111147", amount_minor=5000, status=RefundStatus.PENDING, reference="refund-1"
    )
    assert isinstance(seen, Observation)
    assert (seen.payment_id, seen.facts) == (INVOICE_ID, PaymentFacts(refunds=(pending,)))
    assert script.asked == ["POST /v2/MakeRefund"]
    assert b'"Amount":5.000,' in script.raw[0]
    assert script.bodies[0]["ExternalIdentifier"] == "refund-1"
    assert script.bodies[0]["Comment"] == "damaged"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"country": "KWT"}, "refund-1"),
        ({"country": "KWT", "idempotency": "false"}, None),
        ({"country": "ARE", "currency": "KWD"}, None),
        ({"country": "ARE", "currency": "KWD", "idempotency": "true"}, "refund-1"),
    ],
)
async def test_a_refund_s_reference_is_its_idempotency_key_where_there_are_such(
    options: dict[str, str], key: str | None
) -> None:
    script = Script(ok(filed()))
    async with myfatoorah(script, options=options) as gateway:
        await refunding(gateway)
        assert gateway.capabilities.reference_is_idempotent is (key is not None)
    assert script.headers[0].get("idempotency-key") == key


@pytest.mark.parametrize(
    "changes", [{"ExternalIdentifier": "another"}, {"Amount": 6}, {"RefundId": None}]
)
async def test_a_refund_that_is_not_the_one_asked_for_is_an_unknown_outcome(
    changes: dict[str, Any],
) -> None:
    async with myfatoorah(Script(ok(filed(**changes)))) as gateway:
        with pytest.raises(OutcomeUnknown):
            await refunding(gateway)


@pytest.mark.parametrize("changes", [{"ExternalIdentifier": None, "Amount": None}, {"Amount": "5"}])
async def test_a_refund_s_answer_may_leave_out_what_we_know(changes: dict[str, Any]) -> None:
    async with myfatoorah(Script(ok(filed(**changes)))) as gateway:
        seen = await refunding(gateway)
    assert isinstance(seen, Observation)
    assert seen.facts.refunds[0].reference == "refund-1"


@every_move
@pytest.mark.parametrize("status", [200, 400])
async def test_a_no_is_a_decline_with_what_the_payment_is_now(move: Move, status: int) -> None:
    script = Script(ok(NO, status), HELD)
    async with myfatoorah(script) as gateway:
        declined = await move(gateway)
    assert isinstance(declined, Declined)
    assert declined.code == "already_under_processing"
    assert declined.message == "Key: The transaction is already under processing!"
    assert declined.observation is not None
    assert declined.observation.facts.authorized_minor == 40000
    assert script.asked[1:] == ["POST /v2/GetPaymentStatus"]


@pytest.mark.parametrize(
    ("move", "now"),
    [
        (capturing, [envelope(paid(held(), captured())), refunds()]),
        (voiding, [envelope(invoice(held(), released()))]),
        (refunding, [envelope(paid()), refunds(refunded("Pending"))]),
        (refunding, [envelope(paid()), refunds(refunded("Refunded"))]),
    ],
)
async def test_a_no_to_what_was_already_done_is_a_success(move: Move, now: list[Any]) -> None:
    script = Script(ok(NO, 400), *(ok(each) for each in now))
    async with myfatoorah(script) as gateway:
        seen = await move(gateway)
    assert isinstance(seen, Observation)
    assert (seen.source, seen.evidence) == (ObservationSource.READ_BACK, "call-2")


@pytest.mark.parametrize(
    ("move", "now"),
    [
        (capturing, [envelope(paid(held(), captured("39.000"), InvoiceValue=39)), refunds()]),
        (capturing, [envelope(paid(row(), row(PaymentId="2"))), refunds()]),
        (voiding, [envelope(paid(held(), captured())), refunds()]),
        (voiding, [envelope(paid(held(), captured("1.000"), InvoiceValue=1)), refunds()]),
        (refunding, [envelope(paid()), refunds(refunded(ExternalIdentifier="dashboard"))]),
        (refunding, [envelope(paid()), refunds(refunded("Canceled"))]),
    ],
)
async def test_what_somebody_else_did_is_not_taken_for_ours(move: Move, now: list[Any]) -> None:
    script = Script(ok(NO, 400), *(ok(each) for each in now))
    async with myfatoorah(script) as gateway:
        assert isinstance(await move(gateway), Declined)


@pytest.mark.parametrize(
    "unreadable",
    [
        httpx.Response(500),
        httpx.Response(429),
        httpx.Response(200),
        ok([]),
        ok(refusal(message="The token does not have the required permissions!"), 401),
    ],
)
@every_move
async def test_a_no_that_cannot_be_checked_is_an_unknown_outcome(
    move: Move, unreadable: httpx.Response
) -> None:
    async with myfatoorah(Script(ok(NO, 400), unreadable)) as gateway:
        with pytest.raises(OutcomeUnknown, match="already_under_processing"):
            await move(gateway)


@every_move
async def test_a_payment_that_nobody_knows_is_declined_without_more(move: Move) -> None:
    script = Script(ok(NO_DATA, 400), ok(NO_DATA, 400), ok(NO_DATA, 400))
    async with myfatoorah(script) as gateway:
        declined = await move(gateway)
    assert isinstance(declined, Declined)
    assert (declined.code, declined.observation) == ("not_found", None)


@every_move
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"Message": "Authorization has been denied for this request."}, 401, "not_authorized"),
        (refusal(message="The token is not valid or it is expired!"), 200, "not_authorized"),
        (
            refusal(message="The token does not have the required permissions!"),
            401,
            "permission_missing",
        ),
        ({"Message": "No HTTP resource was found", "MessageDetail": ""}, 404, "unknown_endpoint"),
        ("Not today", 400, "refused"),
    ],
)
async def test_a_wrong_request_of_ours_is_a_refusal_and_reads_nothing(
    move: Move, body: Any, status: int, code: str
) -> None:
    script = Script(ok(body, status))
    async with myfatoorah(script) as gateway:
        with pytest.raises(GatewayRefusal) as caught:
            await move(gateway)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert len(script.asked) == 1


@every_move
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200),
        httpx.Response(400),
        httpx.Response(403, html="<html>"),
        httpx.Response(500),
        httpx.Response(408),
        httpx.Response(302),
        httpx.Response(200, text="<html>"),
        ok({}),
        ok({"Data": {}}),
        ok([]),
        ok("done"),
        ok(envelope(None)),
        ok(envelope({})),
        ok(envelope(invoice(InvoiceId=1))),
    ],
)
async def test_an_answer_that_makes_nothing_certain_is_never_sent_again(
    move: Move, answer: httpx.Response
) -> None:
    script = Script(answer)
    async with myfatoorah(script) as gateway:
        with pytest.raises(OutcomeUnknown):
            await move(gateway)
    assert len(script.asked) == 1


@every_move
async def test_a_rate_limit_is_not_sent(move: Move) -> None:
    async with myfatoorah(Script(httpx.Response(429, headers={"Retry-After": "3"}))) as gateway:
        with pytest.raises(NotSent) as caught:
            await move(gateway)
    assert caught.value.retry_after_seconds == 3.0


async def test_a_refund_s_reference_may_hide_in_a_list_without_an_envelope() -> None:
    script = Script(ok(NO, 400), ok(envelope(paid())), ok([refunded("Pending")]))
    async with myfatoorah(script) as gateway:
        seen = await gateway.refund(REFUND, context=CONTEXT)
    assert isinstance(seen, Observation)
    assert seen.facts.refunds[0].status is RefundStatus.PENDING
