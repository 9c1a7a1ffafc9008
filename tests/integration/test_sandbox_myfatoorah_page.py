"""The hosted pages of MyFatoorah, as a browser without JavaScript sees them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from support.myfatoorah_sandbox import SAU_KEY, MyFatoorahShop, running_shop, send_body

CARD = {"number": "5123450000000008", "expiry": "01/39", "code": "100", "holder": "Noor Example"}


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def link(shop: MyFatoorahShop, **changes: object) -> tuple[int, str]:
    """An invoice link's id and URL."""
    data = await shop.data("SendPayment", send_body(**changes))
    return data["InvoiceId"], data["InvoiceURL"]


async def submit(shop: MyFatoorahShop, url: str, action: str, **form: str) -> httpx.Response:
    return await shop.sandbox.http.post(url, data={"action": action, **form})


async def test_the_payment_page_shows_what_is_paid_and_how(shop: MyFatoorahShop) -> None:
    created = await shop.execute(CustomerReference="order-1", Language="AR")
    page = await shop.sandbox.http.get(created["PaymentURL"])
    assert page.headers["Content-Security-Policy"] == "default-src 'self'"
    for text in ("Sandbox", "10.500", "KWD", "order-1", "VISA/MASTER", 'name="number"'):
        assert text in page.text
    assert '<select id="payment_method"' not in page.text
    for action in ("pay", "fail", "cancel"):
        assert f'name="action" value="{action}"' in page.text


async def test_the_invoice_page_offers_all_methods_or_those_asked_for(
    shop: MyFatoorahShop,
) -> None:
    _, url = await link(shop)
    page = await shop.sandbox.http.get(url)
    for name in ("KNET", "VISA/MASTER", "Apple Pay"):
        assert name in page.text
    _, url = await link(shop, InvoicePaymentMethods=[1, 2])
    assert "Apple Pay" not in (await shop.sandbox.http.get(url)).text


async def test_the_page_escapes_what_the_shop_sends(shop: MyFatoorahShop) -> None:
    hostile = '"><script>alert(1)</script>'
    items = [{"ItemName": hostile, "Quantity": 1, "UnitPrice": 10.5}]
    created = await shop.execute(
        CustomerReference=hostile, CustomerName=hostile, InvoiceItems=items
    )
    page = await shop.sandbox.http.get(created["PaymentURL"])
    assert "<script>" not in page.text
    assert page.text.count("&lt;script&gt;") == 3


async def test_opening_the_page_begins_an_attempt(shop: MyFatoorahShop) -> None:
    created = await shop.execute()
    for _ in range(2):
        await shop.sandbox.http.get(created["PaymentURL"])
    assert await shop.rows(created["InvoiceId"]) == [("InProgress", "10.500")]
    await submit(shop, created["PaymentURL"], "pay")
    assert await shop.rows(created["InvoiceId"]) == [("Succss", "10.500")]


@pytest.mark.parametrize(
    ("action", "form", "location", "code"),
    [
        ("pay", {}, "https://shop.example.com/return?order=1&", ""),
        ("pay", CARD, "https://shop.example.com/return?order=1&", ""),
        ("pay", CARD | {"code": "999"}, "https://shop.example.com/error?", "MF010"),
        ("pay", CARD | {"number": "4000000000000000"}, "https://shop.example.com/error?", "MF002"),
        ("fail", {"error_code": "MF009"}, "https://shop.example.com/error?", "MF009"),
        ("fail", {}, "https://shop.example.com/error?", "MF002"),
        ("cancel", {}, "https://shop.example.com/error?", "MF006"),
    ],
)
async def test_the_payer_goes_back_with_the_payment_id_twice(
    shop: MyFatoorahShop, action: str, form: dict[str, str], location: str, code: str
) -> None:
    created = await shop.execute()
    answer = await submit(shop, created["PaymentURL"], action, **form)
    (row,) = (await shop.status(created["InvoiceId"]))["InvoiceTransactions"]
    payment_id = row["PaymentId"]
    expected = f"{location}paymentId={payment_id}&Id={payment_id}"
    assert (answer.status_code, answer.headers["Location"]) == (303, expected)
    assert row["ErrorCode"] == code


async def test_a_typed_card_is_kept_masked(shop: MyFatoorahShop) -> None:
    created = await shop.execute()
    await submit(shop, created["PaymentURL"], "pay", **CARD)
    (row,) = (await shop.status(created["InvoiceId"]))["InvoiceTransactions"]
    assert row["CardNumber"] == "512345xxxxxx0008"
    assert row["Card"]["NameOnCard"] == "Noor Example"
    assert (row["Card"]["ExpiryMonth"], row["Card"]["ExpiryYear"]) == ("01", "39")


async def test_after_a_failure_the_same_page_can_be_paid(shop: MyFatoorahShop) -> None:
    created = await shop.execute()
    await submit(shop, created["PaymentURL"], "fail", error_code="MF004")
    page = await shop.sandbox.http.get(created["PaymentURL"])
    assert "The last attempt failed: Insufficient funds" in page.text
    await submit(shop, created["PaymentURL"], "pay")
    rows = await shop.rows(created["InvoiceId"])
    assert [status for status, _ in rows] == ["Failed", "Succss"]


async def test_the_payer_chooses_the_method_of_an_invoice_link(shop: MyFatoorahShop) -> None:
    invoice_id, url = await link(shop)
    await submit(shop, url, "pay", payment_method="kn")
    (row,) = (await shop.status(invoice_id))["InvoiceTransactions"]
    assert (row["PaymentGateway"], row["TransactionStatus"]) == ("KNET", "Succss")
    assert len(row["PaymentId"]) == 18
    assert row["PaymentId"].startswith("100")


@pytest.mark.parametrize(("action", "outcome"), [("pay", "approved"), ("cancel", "declined")])
async def test_without_urls_the_payer_ends_on_the_gateways_own_page(
    shop: MyFatoorahShop, action: str, outcome: str
) -> None:
    created = await shop.execute(CallBackUrl=None, ErrorUrl=None)
    answer = await submit(shop, created["PaymentURL"], action)
    assert "/En/KWT/PayInvoice/Result?paymentId=0707" in answer.headers["Location"]
    page = await shop.sandbox.http.get(answer.headers["Location"])
    assert f'data-outcome="{outcome}"' in page.text


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("pay", "approved"), ("cancel_invoice", "canceled"), ("expire", "expired")],
)
async def test_what_has_ended_offers_no_form(
    shop: MyFatoorahShop, action: str, outcome: str
) -> None:
    created = await shop.execute()
    await shop.act(created["InvoiceId"], action)
    page = await shop.sandbox.http.get(created["PaymentURL"])
    assert f'data-outcome="{outcome}"' in page.text
    assert "<form" not in page.text
    late = await submit(shop, created["PaymentURL"], "pay")
    assert (late.status_code, f'data-outcome="{outcome}"' in late.text) == (409, True)


async def test_a_released_hold_is_shown_as_such(shop: MyFatoorahShop) -> None:
    created = await shop.execute(ProcessingDetails={"AutoCapture": False})
    await shop.act(created["InvoiceId"], "pay")
    await shop.act(created["InvoiceId"], "close")
    page = await shop.sandbox.http.get(created["PaymentURL"])
    assert 'data-outcome="released"' in page.text


async def test_the_page_of_a_session_pays_its_invoice(shop: MyFatoorahShop) -> None:
    session = await shop.data("InitiateSession")
    created = await shop.execute(SessionId=session["SessionId"], PaymentMethodId=None)
    page = await shop.sandbox.http.get(created["PaymentURL"])
    assert page.status_code == 200
    await submit(shop, created["PaymentURL"], "pay")
    assert await shop.rows(created["InvoiceId"]) == [("Succss", "10.500")]


@pytest.mark.parametrize(
    "path",
    [
        "/KWT/ie/unknown",
        "/En/KWT/PayInvoice/Checkout?invoiceKey=unknown&paymentGatewayId=2162",
        "/En/KWT/PayInvoice/Checkout",
        "/En/KWT/PayInvoice/Result?paymentId=1",
    ],
)
async def test_an_unknown_invoice_is_a_404_page(shop: MyFatoorahShop, path: str) -> None:
    page = await shop.sandbox.http.get(path)
    assert page.status_code == 404
    assert "There is no such invoice" in page.text


async def test_a_method_that_was_not_asked_for_is_not_found(shop: MyFatoorahShop) -> None:
    created = await shop.execute()
    other = created["PaymentURL"].replace("2162", "2161")
    assert (await shop.sandbox.http.get(other)).status_code == 404


async def test_an_unknown_action_is_refused(shop: MyFatoorahShop) -> None:
    created = await shop.execute()
    assert (await submit(shop, created["PaymentURL"], "steal")).status_code == 400


async def test_finance_decides_on_refunds_in_the_dashboard(shop: MyFatoorahShop) -> None:
    http = shop.sandbox.http
    invoice_id = await shop.paid()
    path = f"/dashboard/payments/{invoice_id}"
    await shop.refund(invoice_id, 1)
    assert f'action="{path}/refund_processed"' in (await http.get("/dashboard")).text
    assert (await shop.account(invoice_id))["refunded_minor"] == 0
    await http.post(f"{path}/refund_processed")
    assert (await shop.account(invoice_id))["refunded_minor"] == 1000
    assert (await http.post(f"{path}/authorise")).status_code == 404


async def test_the_dashboard_captures_refunds_and_closes(shop: MyFatoorahShop) -> None:
    account = shop.of(SAU_KEY)
    invoice_id, other = await account.held(), await account.held()
    http = account.sandbox.http
    assert str(invoice_id) in (await http.get("/dashboard")).text
    path = f"/dashboard/payments/{invoice_id}"
    await http.post(f"{path}/capture", data={"amount": "4.50"})
    await http.post(f"{path}/refund", data={"amount": "1.25"})
    await http.post(f"/dashboard/payments/{other}/close")
    first, second = await account.account(invoice_id), await account.account(other)
    assert (first["captured_minor"], first["refunded_minor"]) == (450, 125)
    assert second["voided_minor"] == 1050
    assert {entry["origin"] for entry in first["entries"][2:]} == {"dashboard"}
    refused = await http.post(f"{path}/capture", data={"amount": "1"})
    assert (refused.status_code, "already captured" in refused.text) == (409, True)


@pytest.mark.parametrize("authorizes", [False, True])
async def test_paying_again_is_refused_and_leaves_no_trace(
    shop: MyFatoorahShop, authorizes: bool
) -> None:
    created = await shop.execute(ProcessingDetails={"AutoCapture": not authorizes})
    await shop.act(created["InvoiceId"], "pay")
    before = await shop.status(created["InvoiceId"])
    assert (await submit(shop, created["PaymentURL"], "pay")).status_code == 409
    assert await shop.status(created["InvoiceId"]) == before
