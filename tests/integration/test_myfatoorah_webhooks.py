"""What the sandbox's MyFatoorah delivers, signed by code that is not ours, and its log of it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from payments_common import strict_json
from payments_common.clock import SystemClock
from payments_common.errors import WebhookRefused
from payments_common.gateways.myfatoorah.webhooks import webhook_scheme
from payments_common.gateways.port import WebhookDelivery, WebhookHint
from payments_common.schemas.observations import ObservationSource
from support.local_gateway import Connection, LocalGateway, local_gateway
from support.myfatoorah_notices import NEXT_SECRET
from support.myfatoorah_payloads import WEBHOOK_SECRET, myfatoorah_account
from support.myfatoorah_shop import CONTEXT, Shop, open_shop

SCHEME = webhook_scheme(myfatoorah_account(credentials={}))
every_version = pytest.mark.parametrize("version", ["v1", "v2"])


@pytest.fixture
async def receiver() -> AsyncIterator[LocalGateway]:
    async def acknowledge(connection: Connection) -> None:
        await connection.answer(200, b"", "Connection: close")

    async with local_gateway(acknowledge) as opened:
        yield opened


@pytest.fixture
async def shop(sandbox_url: str, receiver: LocalGateway) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url, webhook_url=f"{receiver.url}/webhooks") as opened:
        yield opened


def deliveries(receiver: LocalGateway) -> list[WebhookDelivery]:
    return [_delivery(raw) for raw in receiver.requests]


def _delivery(raw: bytes) -> WebhookDelivery:
    head, _, body = raw.partition(b"\r\n\r\n")
    pairs = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return WebhookDelivery(
        body=body,
        headers=[(name.lower(), value) for name, value in pairs],
        query="",
        received_at=SystemClock().now(),
    )


def hint_of(delivery: WebhookDelivery) -> WebhookHint | None:
    return SCHEME.parse(strict_json.loads(delivery.body))


async def life_of_a_payment(shop: Shop) -> str:
    """Declined, held, captured, refunded: a webhook for each."""
    payment_id = await shop.created(capture_mode="manual")
    await shop.sandbox.act(payment_id, "decline")
    await shop.sandbox.act(payment_id, "pay")
    await shop.capture(payment_id, 12345)
    await shop.refund(payment_id, 1000)
    await shop.sandbox.act(payment_id, "refund_processed")
    await shop.sandbox.idle()
    return payment_id


@every_version
async def test_what_an_invoice_s_own_url_gets_is_authentic_and_points_at_it(
    shop: Shop, receiver: LocalGateway, version: str
) -> None:
    await shop.merchant(webhook_version=version)
    payment_id = await life_of_a_payment(shop)
    sent = deliveries(receiver)
    keys = {SCHEME.verify(each, [NEXT_SECRET, WEBHOOK_SECRET]).event_key for each in sent}
    hints = [hint_of(each) for each in sent]
    assert len(keys) == len(sent) == 4
    assert {hint.payment_id for hint in hints if hint} == {payment_id}
    claims = " ".join(hint.claims for hint in hints if hint)
    for word in ("failed", "authorize", "success", "refunded"):
        assert word in claims


@every_version
async def test_no_delivery_is_authentic_with_another_secret_or_body(
    shop: Shop, receiver: LocalGateway, version: str
) -> None:
    await shop.merchant(webhook_version=version)
    payment_id = await life_of_a_payment(shop)
    for sent in deliveries(receiver):
        with pytest.raises(WebhookRefused):
            SCHEME.verify(sent, [NEXT_SECRET])
        body = sent.body.replace(payment_id.encode(), payment_id[::-1].encode())
        tampered = WebhookDelivery(body, sent.headers, "", sent.received_at)
        with pytest.raises(WebhookRefused):
            SCHEME.verify(tampered, [WEBHOOK_SECRET])


@pytest.mark.parametrize("header", ["lower", "upper", "absent"])
@every_version
async def test_the_version_s_header_may_be_written_anyhow_or_be_absent(
    shop: Shop, receiver: LocalGateway, version: str, header: str
) -> None:
    await shop.merchant(webhook_version=version)
    await shop.sandbox.settings("myfatoorah", webhook_version_header=header)
    await shop.paid()
    await shop.sandbox.idle()
    (sent,) = deliveries(receiver)
    assert SCHEME.verify(sent, [WEBHOOK_SECRET]).secret_id == "current"


@pytest.mark.parametrize(
    ("kind", "code"),
    [("forge_header", "signature_invalid"), ("unsigned", "signature_missing")],
)
async def test_a_forged_delivery_is_refused(
    shop: Shop, receiver: LocalGateway, kind: str, code: str
) -> None:
    await shop.sandbox.fault("webhook", kind)
    await shop.paid()
    await shop.sandbox.idle()
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(deliveries(receiver)[0], [WEBHOOK_SECRET])
    assert caught.value.code == code


async def test_a_wrong_amount_in_a_webhook_is_authentic_and_only_a_hint(
    shop: Shop, receiver: LocalGateway
) -> None:
    await shop.sandbox.fault("webhook", "wrong_amount", amount="0.01")
    payment_id = await shop.paid()
    await shop.sandbox.idle()
    (sent,) = deliveries(receiver)
    assert SCHEME.verify(sent, [WEBHOOK_SECRET])
    hint = hint_of(sent)
    assert hint is not None
    assert (await shop.get(hint.payment_id)).facts.captures[0].amount_minor == 40000
    assert hint.payment_id == payment_id


@every_version
async def test_myfatoorah_s_log_tells_what_it_delivered_and_who_signed_it(
    shop: Shop, receiver: LocalGateway, version: str
) -> None:
    await shop.merchant(webhook_version=version)
    payment_id = await life_of_a_payment(shop)
    logged = await shop.gateway.delivery_log(since=_ago(1), until=_ago(-1), context=CONTEXT)
    assert len(logged) == len(receiver.requests) == 4
    assert {each.secret_id for each in logged} == {"current"}
    assert {each.url for each in logged} == {f"{receiver.url}/webhooks"}
    assert {each.hint.payment_id for each in logged if each.hint} == {payment_id}
    assert {each.state for each in logged} == {"Succeeded"}


@every_version
async def test_a_payment_whose_webhook_was_lost_is_listed(
    shop: Shop, receiver: LocalGateway, version: str
) -> None:
    await shop.merchant(webhook_version=version)
    await shop.sandbox.fault("webhook", "drop", count=50)
    paid, held = await shop.paid(), await shop.held(order_reference="order-2")
    await shop.sandbox.act(await shop.created(order_reference="order-3"), "decline")
    await shop.sandbox.idle()
    today = SystemClock().now().date()
    found = await shop.gateway.list_payments(
        created_from=today - timedelta(days=1),
        created_before=today + timedelta(days=2),
        context=CONTEXT,
    )
    assert receiver.requests == []
    assert {each.payment_id for each in found} == {paid, held}
    assert {each.source for each in found} == {ObservationSource.POLL}


async def test_days_without_webhooks_have_no_payments(shop: Shop) -> None:
    await shop.paid()
    today = SystemClock().now().date()
    found = await shop.gateway.list_payments(
        created_from=today - timedelta(days=5),
        created_before=today - timedelta(days=4),
        context=CONTEXT,
    )
    assert found == []


def _ago(hours: int) -> datetime:
    return SystemClock().now() - timedelta(hours=hours)
