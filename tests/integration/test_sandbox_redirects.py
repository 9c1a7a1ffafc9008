"""Where each gateway sends browsers, held to section 6 of its sheet under gateways/."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from support.myfatoorah_sandbox import MyFatoorahShop
from support.running_sandbox import SandboxClient, checkout_body, running_sandbox
from support.tamara_sandbox import API_TOKEN
from support.tamara_sandbox import checkout_body as tamara_body

PLACES = ("success", "failure", "cancel")
SHOP = "https://shop.example.com"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxClient]:
    async with running_sandbox() as client:
        yield client


async def tabby(sandbox: SandboxClient, urls: dict[str, str], action: str) -> tuple[str, str]:
    """The payment's id and where the browser is sent."""
    body = checkout_body() | {"merchant_urls": urls}
    made = (await sandbox.http.post("/api/v2/checkout", json=body)).raise_for_status().json()
    form = {"action": action, "otp": "8888"}
    answer = await sandbox.http.post(f"/tabby/checkout/{made['id']}", data=form)
    return made["payment"]["id"], location(answer)


async def tamara(sandbox: SandboxClient, urls: dict[str, str], action: str) -> tuple[str, str]:
    body = tamara_body(merchant_url=tamara_body()["merchant_url"] | urls)
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    made = (await sandbox.http.post("/checkout", json=body, headers=headers)).json()
    page = (await sandbox.http.get(made["checkout_url"])).text
    code = page.partition('data-testid="code">')[2].partition("<")[0]
    form = {"action": action, "otp": code}
    answer = await sandbox.http.post(f"/tamara/checkout/{made['checkout_id']}", data=form)
    return made["order_id"], location(answer)


async def myfatoorah(
    sandbox: SandboxClient, urls: dict[str, str | None], action: str
) -> tuple[str, str]:
    shop = MyFatoorahShop(sandbox)
    made = await shop.execute(**urls)
    answer = await sandbox.http.post(made["PaymentURL"], data={"action": action})
    (row,) = (await shop.status(made["InvoiceId"]))["InvoiceTransactions"]
    return row["PaymentId"], location(answer)


def location(answer: httpx.Response) -> str:
    assert answer.status_code == 303
    return answer.headers["Location"]


def places(**changes: str) -> dict[str, str]:
    return {name: f"{SHOP}/{name}" for name in PLACES} | changes


@pytest.mark.parametrize(
    ("action", "place"), [("pay", "success"), ("decline", "failure"), ("cancel", "cancel")]
)
async def test_tabby_adds_the_payments_id_and_nothing_else(
    sandbox: SandboxClient, action: str, place: str
) -> None:
    payment_id, url = await tabby(sandbox, places(), action)
    assert url == f"{SHOP}/{place}?payment_id={payment_id}"


@pytest.mark.parametrize(
    ("action", "place", "payment_status"),
    [
        ("pay", "success", "approved"),
        ("decline", "failure", "declined"),
        ("cancel", "cancel", "canceled"),
    ],
)
async def test_tamara_adds_its_orders_id_and_a_status(
    sandbox: SandboxClient, action: str, place: str, payment_status: str
) -> None:
    order_id, url = await tamara(sandbox, places(), action)
    assert url.partition("?")[0] == f"{SHOP}/{place}"
    assert query(url) == {"orderId": [order_id], "paymentStatus": [payment_status]}


@pytest.mark.parametrize(("action", "place"), [("pay", "ok"), ("fail", "no"), ("cancel", "no")])
async def test_myfatoorah_adds_the_attempts_id_twice_and_no_status(
    sandbox: SandboxClient, action: str, place: str
) -> None:
    urls: dict[str, str | None] = {"CallBackUrl": f"{SHOP}/ok", "ErrorUrl": f"{SHOP}/no"}
    payment_id, url = await myfatoorah(sandbox, urls, action)
    assert url == f"{SHOP}/{place}?paymentId={payment_id}&Id={payment_id}"


@pytest.mark.parametrize("action", ["pay", "fail"])
async def test_myfatoorah_v3_has_one_address_for_success_and_failure(
    sandbox: SandboxClient, action: str
) -> None:
    shop = MyFatoorahShop(sandbox)
    headers = {"Authorization": f"Bearer {shop.api_key}"}
    body = {
        "PaymentMethod": "CARD",
        "Order": {"Amount": 10.5},
        "IntegrationUrls": {"Redirection": f"{SHOP}/back"},
    }
    made = await sandbox.http.post("/v3/payments", json=body, headers=headers)
    page = made.raise_for_status().json()["Data"]["PaymentURL"]
    url = location(await sandbox.http.post(page, data={"action": action}))
    assert url.partition("?")[0] == f"{SHOP}/back"
    assert sorted(query(url)) == ["Id", "paymentId"]


OWN_QUERY = "org_id=8&note=a%2Bb&payment_id=mine"


@pytest.mark.parametrize("action", ["pay", "cancel"])
async def test_the_shops_own_query_stays_and_stays_first(
    sandbox: SandboxClient, action: str
) -> None:
    own = f"{SHOP}/back?{OWN_QUERY}"
    urls = dict.fromkeys(PLACES, own)
    went = [
        await tabby(sandbox, urls, action),
        await tamara(sandbox, urls, action),
        await myfatoorah(sandbox, {"CallBackUrl": own, "ErrorUrl": own}, action),
    ]
    for gateways_id, url in went:
        assert url.startswith(f"{own}&")
        assert url.count("?") == 1
        assert gateways_id in [value for _, value in parse_qsl(urlsplit(url).query)][3:]


async def test_an_address_with_arabic_letters_stays_one(sandbox: SandboxClient) -> None:
    payment_id, url = await tabby(sandbox, places(success=f"{SHOP}/شكرا?طلب=1"), "pay")
    assert url.isascii()
    sent = httpx.URL(url)
    assert (sent.path, dict(sent.params)) == ("/شكرا", {"طلب": "1", "payment_id": payment_id})


@pytest.mark.parametrize(
    ("action", "payment_status"), [("pay", "approved"), ("cancel", "canceled")]
)
async def test_a_strict_parser_misreads_tamaras_second_question_mark(
    sandbox: SandboxClient, action: str, payment_status: str
) -> None:
    form = {"redirect_form": "second_question_mark"}
    await sandbox.http.patch("/sandbox/tamara/settings", json=form)
    order_id, url = await tamara(sandbox, places(), action)
    assert query(url) == {"paymentStatus": [f"{payment_status}?orderId={order_id}"]}


@pytest.mark.parametrize("action", ["pay", "cancel"])
async def test_myfatoorah_shows_its_own_page_when_the_shop_gave_no_address(
    sandbox: SandboxClient, action: str
) -> None:
    urls: dict[str, str | None] = {"CallBackUrl": None, "ErrorUrl": None}
    payment_id, url = await myfatoorah(sandbox, urls, action)
    assert urlsplit(url).path == "/En/KWT/PayInvoice/Result"
    assert query(url) == {"paymentId": [payment_id]}


async def test_the_link_of_an_ended_invoice_leads_where_the_redirect_led(
    sandbox: SandboxClient,
) -> None:
    shop = MyFatoorahShop(sandbox)
    urls = {"CallBackUrl": f"{SHOP}/ok", "ErrorUrl": f"{SHOP}/no"}
    paid, expired = await shop.execute(**urls), await shop.execute(**urls)
    await shop.act(paid["InvoiceId"], "pay")
    await shop.act(expired["InvoiceId"], "expire")
    page = (await sandbox.http.get(paid["PaymentURL"])).text
    assert f'href="{SHOP}/ok?paymentId=' in page
    assert f'href="{SHOP}/no"' in (await sandbox.http.get(expired["PaymentURL"])).text


def query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, strict_parsing=True)
