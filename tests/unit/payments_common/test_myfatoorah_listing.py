"""MyFatoorah's log of webhooks: what was delivered, and which payments it tells of."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from payments_common.errors import GatewayRefusal, NotSent, OutcomeUnknown
from payments_common.gateways.myfatoorah.listing import MOST_PAGES, PAGE_SIZE
from payments_common.gateways.port import LoggedDelivery
from payments_common.schemas.observations import Observation, ObservationSource
from support.myfatoorah_notices import (
    NEXT_SECRET,
    VECTORS,
    first_body,
    first_text,
    payment_data,
    refund_data,
    second_text,
    signed_by,
)
from support.myfatoorah_payloads import (
    INVOICE_ID,
    NO_DATA,
    WEBHOOK_URL,
    envelope,
    held,
    invoice,
    paid,
    refunds,
    refusal,
)
from support.myfatoorah_script import CONTEXT, myfatoorah
from support.scripted_tabby import Script, ok

SINCE, UNTIL = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)


def item(data: Any = None, code: Any = 1, **changes: Any) -> dict[str, Any]:
    """An item of GetWebhooks, section 5."""
    told = payment_data() if data is None else data
    paths = VECTORS["rules"]["v2_fields"].get(str(code), [])
    return {
        "EndPoint": WEBHOOK_URL,
        "Signature": signed_by(second_text(told, paths)),
        "EventCode": code,
        "EventName": "PAYMENT_STATUS_CHANGED",
        "EventEntityId": INVOICE_ID,
        "WebhookReference": "WH-626519",
        "Data": told,
        "Status": "Succeeded",
        "Attempts": [{"Date": "2026-03-02T09:15:00.1Z", "Status": 200, "Duration": "0.05"}],
        **changes,
    }


def about(invoice_id: str, **changes: Any) -> dict[str, Any]:
    return item(payment_data(Invoice={"Id": invoice_id}), **changes)


def page(*items: Any, pages: Any = None) -> httpx.Response:
    pagination = {"PageSize": 500, "PageNumber": 1, "PagesCount": pages, "ItemsCount": 0}
    return ok(envelope({"Items": list(items), "Pagination": pagination if pages else None}))


def read(invoice_id: str, *rows: dict[str, Any]) -> httpx.Response:
    return ok(envelope(invoice(*rows, InvoiceId=int(invoice_id))))


async def logged(*answers: httpx.Response) -> list[LoggedDelivery]:
    async with myfatoorah(Script(*answers)) as gateway:
        return await gateway.delivery_log(since=SINCE, until=UNTIL, context=CONTEXT)


async def listed(script: Script) -> list[Observation]:
    day, next_day = date(2026, 3, 2), date(2026, 3, 3)
    async with myfatoorah(script) as gateway:
        return await gateway.list_payments(
            created_from=day, created_before=next_day, context=CONTEXT
        )


async def test_the_log_is_asked_for_its_pages_in_turn() -> None:
    script = Script(page(item(), item(), pages=2), page(item(), pages="2"))
    async with myfatoorah(script) as gateway:
        told = await gateway.delivery_log(since=SINCE, until=UNTIL, context=CONTEXT)
    assert len(told) == 3
    span = {"Start": "2026-03-02T00:00:00.000Z", "End": "2026-03-03T00:00:00.000Z"}
    assert script.asked == ["POST /v2/GetWebhooks"] * 2
    assert script.bodies == [{**span, "Page": 1}, {**span, "Page": 2}]


async def test_a_full_page_without_a_count_is_not_the_last() -> None:
    assert len(await logged(page(*[item()] * PAGE_SIZE), page(item()))) == PAGE_SIZE + 1


@pytest.mark.parametrize("none", [page(), page(pages=9), ok(envelope(None)), ok(envelope([]))])
async def test_a_day_without_webhooks_is_an_empty_log(none: httpx.Response) -> None:
    assert await logged(none) == []


async def test_a_log_without_an_end_is_never_cut_in_silence() -> None:
    with pytest.raises(OutcomeUnknown, match="fewer days"):
        await logged(*[page(item(), pages=MOST_PAGES + 1)] * MOST_PAGES)


async def test_a_delivery_tells_where_it_went_and_which_secret_signed_it() -> None:
    (told,) = await logged(page(item(Status="Failed")))
    assert (told.url, told.event, told.state) == (WEBHOOK_URL, "PAYMENT_STATUS_CHANGED", "Failed")
    assert told.secret_id == "current"
    assert told.hint is not None
    assert (told.hint.payment_id, told.hint.order_reference) == (INVOICE_ID, "order-1")


async def test_a_delivery_of_version_1_is_known_by_its_name() -> None:
    data = first_body()["Data"]
    signature = signed_by(first_text(data))
    (told,) = await logged(
        page(item(data, EventName="TransactionsStatusChanged", Signature=signature))
    )
    assert (told.secret_id, told.event) == ("current", "TransactionsStatusChanged")
    assert told.hint is not None
    assert told.hint.payment_id == INVOICE_ID


@pytest.mark.parametrize("data", [payment_data(), first_body()["Data"]])
async def test_a_delivery_without_a_name_is_known_by_its_shape(data: dict[str, Any]) -> None:
    (told,) = await logged(page(item(data, EventName=None)))
    assert told.event == "event 1"
    assert told.hint is not None
    assert told.hint.payment_id == INVOICE_ID


async def test_data_may_be_told_as_text() -> None:
    (told,) = await logged(page(item() | {"Data": orjson.dumps(payment_data()).decode()}))
    assert told.secret_id == "current"


@pytest.mark.parametrize(
    "changes",
    [
        {"Signature": signed_by("other", NEXT_SECRET)},
        {"Signature": None},
        {"Data": None},
        {"Data": "{"},
        {"Data": payment_data(Invoice={"Id": "1"})},
        {"EventCode": None},
    ],
)
async def test_a_delivery_that_none_of_our_secrets_signed_says_so(changes: dict[str, Any]) -> None:
    (told,) = await logged(page(item() | changes))
    assert told.secret_id is None
    assert told.url == WEBHOOK_URL


async def test_an_event_of_no_payment_is_logged_without_a_hint() -> None:
    (told,) = await logged(page(item({"Deposit": {"Reference": "1"}}, code=3)))
    assert (told.secret_id, told.hint) == ("current", None)


async def test_an_item_that_cannot_be_read_hides_no_other() -> None:
    with capture_logs() as logs:
        told = await logged(page("what", item(EndPoint={}), item()))
    assert len(told) == 1
    assert [log["event"] for log in logs] == ["logged_webhook_not_readable"] * 2


async def test_payments_are_those_that_webhooks_of_those_days_tell_of() -> None:
    refund = item(refund_data(ReferencedInvoice={"Id": "3"}), code=2)
    script = Script(
        page(about("1"), about("2"), about("1", Status="Failed"), refund, pages=1),
        read("1", held()),
        ok(envelope(paid(InvoiceId=2))),
        ok(refunds()),
        ok(envelope(paid(InvoiceId=3))),
        ok(refunds()),
    )
    seen = await listed(script)
    assert [each.payment_id for each in seen] == ["1", "2", "3"]
    assert {each.source for each in seen} == {ObservationSource.POLL}
    assert script.bodies[0]["Start"] == "2026-03-02T00:00:00.000Z"
    assert script.bodies[0]["End"] == "2026-03-03T00:00:00.000Z"


async def test_an_invoice_without_money_is_not_listed() -> None:
    assert await listed(Script(page(about("1")), read("1"))) == []


async def test_only_events_of_payments_and_refunds_are_read() -> None:
    dispute = item({"Invoice": {"Id": "1"}}, code=6)
    script = Script(
        page(item({"Deposit": {"Reference": "1"}}, code=3), item({"A": 1}, code=1), dispute)
    )
    assert await listed(script) == []
    assert len(script.asked) == 1


async def test_a_payment_that_cannot_be_read_hides_no_other() -> None:
    script = Script(
        page(about("1"), about("2"), about("3")),
        ok(envelope(invoice(held(), InvoiceId=1, InvoiceValue=None))),
        ok(NO_DATA, 400),
        ok(NO_DATA, 400),
        read("3", held()),
    )
    with capture_logs() as logs:
        seen = await listed(script)
    assert [each.payment_id for each in seen] == ["3"]
    assert [log["payment_id"] for log in logs] == ["1", "2"]


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (httpx.Response(429), NotSent),
        (httpx.Response(503), OutcomeUnknown),
        (
            ok(refusal(message="The token does not have the required permissions!"), 401),
            GatewayRefusal,
        ),
    ],
)
async def test_a_gateway_that_cannot_be_asked_is_not_an_empty_list(
    trouble: httpx.Response, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await listed(Script(page(about("1")), trouble))
    with pytest.raises(error):
        await listed(Script(trouble))
