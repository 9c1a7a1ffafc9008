"""Registration of webhooks, gateways/tamara.md section 5.1."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.tamara.book import Webhook
from gateway_sandbox.tamara.decode_webhook import decode_webhook
from gateway_sandbox.tamara.errors import WEBHOOK_REGISTERED, TamaraError
from gateway_sandbox.tamara.gateway import TamaraGateway
from gateway_sandbox.tamara.http import TamaraHttp
from gateway_sandbox.tamara.merchants import Merchant


class WebhookRoutes:
    """Webhooks belong to a merchant; a URL is registered once."""

    def __init__(self, gateway: TamaraGateway, http: TamaraHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def create(self, request: web.Request) -> Any:
        """POST /webhooks."""
        merchant = self._http.authenticate(request)
        wanted = decode_webhook(await request.read(), self._gateway.settings)
        self._check_repeated(merchant, wanted.url)
        webhook = Webhook(
            webhook_id=new_uuid(),
            merchant_id=merchant.merchant_id,
            type=wanted.type,
            url=wanted.url,
            events=wanted.events,
            headers=wanted.headers,
        )
        self._gateway.book.webhooks[webhook.webhook_id] = webhook
        if self._gateway.settings.registered_answer == "id_only":
            return {"webhook_id": webhook.webhook_id}
        return {"merchant_id": merchant.merchant_id, **self._document(webhook)}

    async def list(self, request: web.Request) -> Any:
        """GET /webhooks; linked from the documents, its form is a guess."""
        merchant = self._http.authenticate(request)
        webhooks = self._gateway.book.webhooks_of(merchant.merchant_id)
        return [self._document(webhook) for webhook in webhooks]

    async def read(self, request: web.Request) -> Any:
        """GET /webhooks/{id}."""
        return self._document(self._webhook(request))

    async def update(self, request: web.Request) -> Any:
        """PUT /webhooks/{id}; without headers the old ones are dropped, the type stays."""
        body = await request.read()
        webhook = self._webhook(request)
        wanted = decode_webhook(body, self._gateway.settings, default_type=webhook.type)
        changed = replace(webhook, url=wanted.url, events=wanted.events, headers=wanted.headers)
        self._gateway.book.webhooks[webhook.webhook_id] = changed
        return {"merchant_id": webhook.merchant_id, **self._document(changed)}

    async def delete(self, request: web.Request) -> Any:
        """DELETE /webhooks/{id}."""
        webhook = self._webhook(request)
        del self._gateway.book.webhooks[webhook.webhook_id]
        return None if self._gateway.settings.deleted_webhook_body == "empty" else {}

    def _webhook(self, request: web.Request) -> Webhook:
        merchant = self._http.authenticate(request)
        return self._gateway.book.webhook_of(merchant, request.match_info["webhook_id"])

    def _check_repeated(self, merchant: Merchant, url: str) -> None:
        if self._gateway.settings.repeated_webhook_url == "accept":
            return
        for webhook in self._gateway.book.webhooks_of(merchant.merchant_id):
            if webhook.url == url:
                raise TamaraError(
                    400,
                    "Webhook already registered",
                    code=WEBHOOK_REGISTERED,
                    data={"webhook_id": webhook.webhook_id, "url": url},
                )

    def _document(self, webhook: Webhook) -> dict[str, Any]:
        is_list = not webhook.headers and self._gateway.settings.empty_objects == "array"
        return {
            "webhook_id": webhook.webhook_id,
            "type": webhook.type,
            "url": webhook.url,
            "events": list(webhook.events),
            "headers": [] if is_list else dict(webhook.headers),
        }
