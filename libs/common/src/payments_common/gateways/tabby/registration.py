"""Brings Tabby's registrations of our webhook to what the account says, however often."""

from dataclasses import replace

from payments_common.errors import GatewayRefusal, Misconfigured
from payments_common.gateways.port import CallContext
from payments_common.gateways.reading import read
from payments_common.gateways.registration import (
    OtherWebhooks,
    WebhookAction,
    WebhookStep,
    in_order,
)
from payments_common.gateways.tabby import answers
from payments_common.gateways.tabby.client import TabbyClient
from payments_common.gateways.tabby.config import TabbyConfig
from payments_common.gateways.tabby.wire import TabbyWebhook, TabbyWebhookHeader, TabbyWebhookList

MOST_WEBHOOKS = 4


class TabbyRegistration:
    def __init__(self, client: TabbyClient, *, config: TabbyConfig) -> None:
        self._client = client
        self._config = config

    async def plan(
        self, url: str, *, others: OtherWebhooks, context: CallContext
    ) -> list[WebhookStep]:
        """Lists first: what Tabby does with the same URL twice is not known (section 5.1).

        Raises Misconfigured without a webhook secret, GatewayRefusal where there is no room.
        """
        header = self._header()
        registered = await self._registered(context)
        ours = [_kept(each, header) for each in registered if each.url == url]
        rest = [others.step(each.url, each.id) for each in registered if each.url != url]
        if ours:
            return in_order(ours, rest)
        has_room = len(registered) < MOST_WEBHOOKS
        if not has_room and all(step.action is WebhookAction.LEAVE for step in rest):
            raise _too_many(registered)
        created = WebhookStep(WebhookAction.CREATE, url, "it is not registered")
        return in_order([created], rest, has_room=has_room)

    async def carry_out(self, step: WebhookStep, *, context: CallContext) -> WebhookStep:
        wanted = {"url": step.url, "header": self._header().model_dump()}
        match step.action:
            case WebhookAction.CREATE:
                answer = await self._client.create_webhook(wanted, context=context)
                created = read(
                    TabbyWebhook, answers.accepted(answer, "create_webhook"), "create_webhook"
                )
                return replace(step, webhook_id=created.id)
            case WebhookAction.UPDATE:
                answer = await self._client.update_webhook(
                    step.webhook_id or "", wanted, context=context
                )
                answers.accepted(answer, "update_webhook")
            case WebhookAction.DELETE:
                answer = await self._client.delete_webhook(step.webhook_id or "", context=context)
                if answer.status != 404:
                    answers.accepted(answer, "delete_webhook")
            case WebhookAction.KEEP | WebhookAction.LEAVE:
                pass
        return step

    def _header(self) -> TabbyWebhookHeader:
        secret = self._config.webhook_secret
        if secret is None:
            raise Misconfigured(
                f"account {self._config.account} has no webhook secret; without one a webhook that "
                "is registered would be refused. Name it in the accounts file"
            )
        return TabbyWebhookHeader(
            title=self._config.webhook_header, value=secret.get_secret_value()
        )

    async def _registered(self, context: CallContext) -> tuple[TabbyWebhook, ...]:
        answer = await self._client.list_webhooks(context=context)
        accepted = answers.accepted(answer, "list_webhooks")
        return read(TabbyWebhookList, accepted, "list_webhooks").root


def _kept(webhook: TabbyWebhook, header: TabbyWebhookHeader) -> WebhookStep:
    if webhook.header == header:
        return WebhookStep(WebhookAction.KEEP, webhook.url, "it is as it should be", webhook.id)
    why = "its header is not the account's first webhook secret"
    return WebhookStep(WebhookAction.UPDATE, webhook.url, why, webhook.id)


def _too_many(registered: tuple[TabbyWebhook, ...]) -> GatewayRefusal:
    urls = ", ".join(each.url for each in registered)
    return GatewayRefusal(
        f"Tabby keeps {MOST_WEBHOOKS} webhooks at most for a merchant code, and these are "
        f"registered: {urls}. Delete one of them first",
        status=400,
        code="too_many_webhooks",
    )
