"""Brings Tamara's registration of our webhook to what it should be, however often."""

from dataclasses import replace

from payments_common.errors import InvalidMessage, Misconfigured
from payments_common.gateways.port import CallContext
from payments_common.gateways.reading import read
from payments_common.gateways.registration import (
    OtherWebhooks,
    WebhookAction,
    WebhookStep,
    in_order,
)
from payments_common.gateways.tamara import answers
from payments_common.gateways.tamara.client import TamaraClient
from payments_common.gateways.tamara.config import TamaraConfig
from payments_common.gateways.tamara.wire import ORDERS, TamaraWebhook, listed_webhooks
from payments_common.schemas.envelope import parse

LONGEST_URL = 255
EVENTS = (
    "order_approved",
    "order_declined",
    "order_authorised",
    "order_canceled",
    "order_captured",
    "order_refunded",
    "order_expired",
)
"""All that the live API takes: order_updated, which its documents name, is refused (5.1)."""


class TamaraRegistration:
    def __init__(self, client: TamaraClient, *, config: TamaraConfig) -> None:
        self._client = client
        self._config = config

    async def plan(
        self, url: str, *, others: OtherWebhooks, context: CallContext
    ) -> list[WebhookStep]:
        """Lists first where Tamara lets us; else it is told by creating that it is there.

        Raises Misconfigured without a webhook secret, or for a URL that Tamara would not take.
        """
        self._check(url)
        registered = await self._registered(context)
        if registered is None:
            why = "Tamara does not list its webhooks; it is created unless it is there"
            return [WebhookStep(WebhookAction.CREATE, url, why)]
        ours = [_kept(each, url) for each in registered if _is_ours(each, url)]
        rest = [
            _of_disputes(each) if each.url == url else others.step(each.url, each.webhook_id)
            for each in registered
            if not _is_ours(each, url)
        ]
        created = [WebhookStep(WebhookAction.CREATE, url, "it is not registered")]
        return in_order(ours or created, rest)

    async def carry_out(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        """A step that creates becomes what it came to, where the webhook was there already."""
        match step.action:
            case WebhookAction.CREATE:
                return await self._create(step, context=context)
            case WebhookAction.UPDATE:
                answer = await self._client.update_webhook(
                    step.webhook_id or "", step.url, EVENTS, context=context
                )
                answers.accepted(answer, "update_webhook")
            case WebhookAction.DELETE:
                answer = await self._client.delete_webhook(step.webhook_id or "", context=context)
                if not answers.is_not_found(answer):
                    answers.accepted(answer, "delete_webhook")
            case WebhookAction.KEEP | WebhookAction.LEAVE:
                pass
        return step

    async def _create(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        answer = await self._client.create_webhook(step.url, EVENTS, context=context)
        webhook_id = answers.registered_as(answer)
        if webhook_id is None:
            accepted = answers.accepted(answer, "create_webhook")
            created = read(TamaraWebhook, accepted, "create_webhook")
            return replace(step, webhook_id=created.webhook_id)
        if not webhook_id:
            why = "it is registered already; Tamara does not tell under which id"
            return replace(step, action=WebhookAction.KEEP, why=why)
        found = await self._client.get_webhook(webhook_id, context=context)
        accepted = answers.accepted(found, "get_webhook")
        there = _kept(read(TamaraWebhook, accepted, "get_webhook"), step.url)
        return await self.carry_out(there, context=context)

    async def _registered(self, context: CallContext) -> list[TamaraWebhook] | None:
        """None where there is no list: that it can be had is not certain (section 5.1)."""
        answer = await self._client.list_webhooks(context=context)
        if answers.lists_nothing(answer):
            return None
        listed = listed_webhooks(answers.accepted(answer, "list_webhooks").body)
        try:
            return None if listed is None else [parse(TamaraWebhook, e, "webhook") for e in listed]
        except InvalidMessage:
            return None

    def _check(self, url: str) -> None:
        account = self._config.account
        if not self._config.has_webhook_secret:
            raise Misconfigured(
                f"account {account} has no webhook secret; without one a webhook that is "
                "registered would be refused. Name its notification token in the accounts file"
            )
        is_secure = url.startswith("https://") and len(url) <= LONGEST_URL
        if self._config.is_live_api and not is_secure:
            raise Misconfigured(
                f"Tamara sends webhooks to an https URL of at most {LONGEST_URL} characters; "
                f"the one of account {account} is not, it has {len(url)}. Change its webhook_url"
            )


def _is_ours(webhook: TamaraWebhook, url: str) -> bool:
    """Whoever also wants to hear of disputes may have registered the same URL for them."""
    return (webhook.url, webhook.type) == (url, ORDERS)


def _kept(webhook: TamaraWebhook, url: str) -> WebhookStep:
    if set(webhook.events) == set(EVENTS) and webhook.url == url:
        return WebhookStep(WebhookAction.KEEP, url, "it is as it should be", webhook.webhook_id)
    why = "its events are not the ones that are needed"
    return WebhookStep(WebhookAction.UPDATE, url, why, webhook.webhook_id)


def _of_disputes(webhook: TamaraWebhook) -> WebhookStep:
    return WebhookStep(
        WebhookAction.LEAVE, webhook.url, "it hears of something else", webhook.webhook_id
    )
