"""Sessions, lists and lifetimes of MyFatoorah, gateways/myfatoorah.md sections 1 to 3."""

from collections.abc import AsyncIterator

import pytest

from support.myfatoorah_sandbox import SAU_KEY, MyFatoorahShop, execute_body, running_shop


@pytest.fixture
async def shop() -> AsyncIterator[MyFatoorahShop]:
    async with running_shop() as shop:
        yield shop


async def test_an_invoice_expires_when_it_was_asked_to(shop: MyFatoorahShop) -> None:
    invoice_id = await shop.invoice(ExpiryDate="2035-01-13T00:15:07")
    tree = await shop.status(invoice_id)
    assert (tree["ExpiryDate"], tree["ExpiryTime"]) == ("January 13, 2035", "00:15:07.000")
    usual = await shop.invoice()
    await shop.sandbox.control("advance", seconds=3 * 24 * 3600 + 1)
    assert (await shop.status(usual))["InvoiceStatus"] == "Pending"
    answer = await shop.sandbox.http.post(f"/sandbox/payments/{usual}/pay")
    assert (answer.status_code, "expired" in answer.text) == (409, True)
    kinds = [entry["kind"] for entry in (await shop.account(usual))["entries"]]
    assert kinds == ["created", "expired"]
    await shop.act(invoice_id, "pay")


async def test_a_session_stands_for_a_card_and_is_used_once(shop: MyFatoorahShop) -> None:
    session = await shop.data(
        "InitiateSession", {"CustomerIdentifier": "customer-1", "SaveToken": True}
    )
    assert (session["CountryCode"], session["CustomerTokens"]) == ("KWT", [])
    body = {"SessionId": session["SessionId"], "PaymentMethodId": None}
    created = await shop.execute(**body)
    assert "/PayInvoice/MpgsAuthentication?paymentId=0707" in created["PaymentURL"]
    await shop.act(created["InvoiceId"], "pay")
    assert await shop.rows(created["InvoiceId"]) == [("Succss", "10.500")]
    again = await shop.call("ExecutePayment", execute_body(**body))
    assert again.json()["ValidationErrors"][0]["Name"] == "SessionId"


async def test_a_saved_card_can_be_used_by_its_owner(shop: MyFatoorahShop) -> None:
    identifier = {"CustomerIdentifier": "customer-1", "SaveToken": True}
    first = await shop.data("InitiateSession", identifier)
    created = await shop.execute(SessionId=first["SessionId"], PaymentMethodId=None)
    await shop.act(created["InvoiceId"], "pay")
    second = await shop.data("InitiateSession", identifier)
    (token,) = second["CustomerTokens"]
    assert (token["CardNumber"], token["TokenType"]) == ("512345xxxxxx0008", "CARD")
    body = {"SessionId": second["SessionId"], "Token": token["Token"], "TokenType": "mftoken"}
    updated = (await shop.call("UpdateSession", body)).json()
    assert (updated["Message"], updated["Data"]["CountryCode"]) == (None, "KWT")
    foreign = await shop.call("UpdateSession", body | {"Token": "TKN-other"})
    assert foreign.json()["ValidationErrors"][0]["Name"] == "Token"


async def test_a_domain_can_be_registered_for_apple_pay(shop: MyFatoorahShop) -> None:
    answer = await shop.call("RegisterApplePayDomain", {"DomainName": "shop.example.com"})
    assert (answer.json()["Message"], answer.json()["Data"]) == ("OK", None)
    assert (await shop.call("RegisterApplePayDomain")).status_code == 400


async def test_lists_have_no_envelope(shop: MyFatoorahShop) -> None:
    headers = {"Authorization": f"Bearer {SAU_KEY}"}
    banks = (await shop.sandbox.http.get("/v2/GetBanks", headers=headers)).json()
    assert banks == [{"Value": 1, "Text": "Saudi Arabia - Example Bank"}]
    rates = (await shop.sandbox.http.get("/v2/GetCurrenciesExchangeList", headers=headers)).json()
    assert {"Value": "1.00000000", "Text": "SAR"} in rates
    assert {"Value": "0.08163265", "Text": "KWD"} in rates


async def test_the_configuration_file_points_here(shop: MyFatoorahShop) -> None:
    path = "/Files/API/mf-config.json"
    config = (await shop.sandbox.http.get(path)).json()
    assert sorted(config) == ["ARE", "BHR", "EGY", "JOR", "KWT", "OMN", "QAT", "SAU"]
    here = str(shop.sandbox.http.base_url).rstrip("/")
    assert config["JOR"]["v2"] == config["JOR"]["testv2"] == here
    assert config["EGY"]["timeZone"] == "Africa/Cairo"
    await shop.settings(mf_config_bom=True)
    assert (await shop.sandbox.http.get(path)).content.startswith(b"\xef\xbb\xbf{")
