"""Registration of webhooks, gateways/tabby.md section 5.1."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.tabby import errors
from gateway_sandbox.tabby.book import Webhook
from gateway_sandbox.tabby.decode import decode_webhook
from gateway_sandbox.tabby.errors import (
    TabbyError,
    bad_data,
    no_permission,
    not_authorized,
    not_found,
)
from gateway_sandbox.tabby.gateway import TabbyGateway
from gateway_sandbox.tabby.http import TabbyHttp
from gateway_sandbox.tabby.merchants import Merchant


class WebhookRoutes:
    """Webhooks belong to one secret key and one merchant code, which a header names."""

    def __init__(self, gateway: TabbyGateway, http: TabbyHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def create(self, request: web.Request) -> Any:
        """POST /api/v1/webhooks; the environment follows the key, not the body."""
        merchant, merchant_code = self._store(request, is_write=True)
        url, header = decode_webhook(await request.read(), self._gateway.settings)
        self._check_room(merchant, merchant_code, url)
        webhook = Webhook(
            webhook_id=new_uuid(),
            merchant_id=merchant.merchant_id,
            merchant_code=merchant_code,
            url=url,
            is_test=merchant.is_test,
            header=header,
        )
        self._gateway.book.webhooks[webhook.webhook_id] = webhook
        return _document(webhook)

    async def list(self, request: web.Request) -> Any:
        """GET /api/v1/webhooks."""
        merchant, merchant_code = self._store(request, is_write=False)
        webhooks = self._gateway.book.webhooks_of(merchant.merchant_id, merchant_code)
        if not webhooks and self._gateway.settings.empty_lists == "null":
            return None
        return [_document(webhook) for webhook in webhooks]

    async def read(self, request: web.Request) -> Any:
        """GET /api/v1/webhooks/{id}."""
        return _document(self._webhook(request, is_write=False))

    async def update(self, request: web.Request) -> Any:
        """PUT /api/v1/webhooks/{id}; without a header the old one is dropped."""
        webhook = self._webhook(request, is_write=True)
        url, header = decode_webhook(await request.read(), self._gateway.settings)
        changed = replace(webhook, url=url, header=header)
        self._gateway.book.webhooks[webhook.webhook_id] = changed
        document = _document(changed)
        return {name: document[name] for name in ("id", "url", "header")}

    async def delete(self, request: web.Request) -> Any:
        """DELETE /api/v1/webhooks/{id}."""
        webhook = self._webhook(request, is_write=True)
        del self._gateway.book.webhooks[webhook.webhook_id]
        return {"status": "ok"}

    def _webhook(self, request: web.Request, *, is_write: bool) -> Webhook:
        merchant, merchant_code = self._store(request, is_write=is_write)
        webhook_id = request.match_info["webhook_id"]
        return self._gateway.book.webhook_of(merchant, merchant_code, webhook_id)

    def _store(self, request: web.Request, *, is_write: bool) -> tuple[Merchant, str]:
        merchant = self._http.authenticate(request, is_write=is_write)
        merchant_code = request.headers.get("X-Merchant-Code", "")
        if merchant.currency_of(merchant_code) is None:
            raise self._wrong_merchant_code()
        return merchant, merchant_code

    def _wrong_merchant_code(self) -> TabbyError:
        match self._gateway.settings.wrong_merchant_code_status:
            case 401:
                return not_authorized(errors.WEBHOOK_AUTHORIZATION)
            case 403:
                return no_permission()
            case 404:
                return not_found(errors.NO_SUCH_WEBHOOK)

    def _check_room(self, merchant: Merchant, merchant_code: str, url: str) -> None:
        settings = self._gateway.settings
        webhooks = self._gateway.book.webhooks_of(merchant.merchant_id, merchant_code)
        if len(webhooks) >= settings.maximum_webhooks:
            raise bad_data(errors.TOO_MANY_WEBHOOKS)
        is_repeated = any(webhook.url == url for webhook in webhooks)
        if is_repeated and settings.duplicate_webhook_url == "refuse":
            raise bad_data(errors.REPEATED_WEBHOOK_URL)


def _document(webhook: Webhook) -> dict[str, Any]:
    header = webhook.header
    return {
        "id": webhook.webhook_id,
        "url": webhook.url,
        "is_test": webhook.is_test,
        "header": None if header is None else {"title": header[0], "value": header[1]},
    }
