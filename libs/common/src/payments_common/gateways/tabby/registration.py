"""Keeps our webhook registered with Tabby, however often it is asked for."""

from payments_common.errors import GatewayRefusal, Misconfigured
from payments_common.gateways.port import CallContext, WebhookRegistration
from payments_common.gateways.tabby import answers
from payments_common.gateways.tabby.client import TabbyClient
from payments_common.gateways.tabby.config import TabbyConfig
from payments_common.gateways.tabby.wire import TabbyWebhook, TabbyWebhookHeader, TabbyWebhookList
from payments_common.gateways.transport import Answer

MOST_WEBHOOKS = 4


async def register_webhook(
    url: str, *, client: TabbyClient, config: TabbyConfig, context: CallContext
) -> WebhookRegistration:
    """Lists first: what Tabby does with the same URL twice is not known (section 5.1).

    Raises Misconfigured without a webhook secret, GatewayRefusal where there is no room.
    """
    if config.webhook_secret is None:
        raise Misconfigured(
            f"account {config.account} has no webhook secret; without one a webhook that is "
            "registered would be refused. Name it in the accounts file"
        )
    header = TabbyWebhookHeader(
        title=config.webhook_header, value=config.webhook_secret.get_secret_value()
    )
    wanted = {"url": url, "header": header.model_dump()}
    registered = _list(await client.list_webhooks(context=context))
    same_url = [each for each in registered if each.url == url]
    if not same_url:
        _check_room(registered)
        answer = await client.create_webhook(wanted, context=context)
        created = answers.read(
            TabbyWebhook, answers.accepted(answer, "create_webhook"), "create_webhook"
        )
        return WebhookRegistration(created.id, url, changed=True)
    outdated = [each for each in same_url if each.header != header]
    for each in outdated:
        answer = await client.update_webhook(each.id, wanted, context=context)
        answers.accepted(answer, "update_webhook")
    return WebhookRegistration(same_url[0].id, url, changed=bool(outdated))


def _list(answer: Answer) -> tuple[TabbyWebhook, ...]:
    accepted = answers.accepted(answer, "list_webhooks")
    return answers.read(TabbyWebhookList, accepted, "list_webhooks").root


def _check_room(registered: tuple[TabbyWebhook, ...]) -> None:
    if len(registered) >= MOST_WEBHOOKS:
        urls = ", ".join(each.url for each in registered)
        raise GatewayRefusal(
            f"Tabby keeps {MOST_WEBHOOKS} webhooks at most for a merchant code, and these are "
            f"registered: {urls}. Delete one of them first",
            status=400,
            code="too_many_webhooks",
        )
