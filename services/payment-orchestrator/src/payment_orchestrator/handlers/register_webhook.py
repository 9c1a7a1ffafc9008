"""Brings an account's webhook registration at its gateway to what is asked for."""

from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage, GatewayRefusal, Misconfigured, OperationRefused
from payments_common.gateways import registration
from payments_common.gateways.port import CallContext
from payments_common.gateways.registration import (
    RegisteredByHand,
    RegistersWebhooks,
    WebhookAction,
    WebhookStep,
)
from payments_common.schemas.commands import RegisterWebhook
from payments_common.schemas.replies import Answer, Outcome

_CHANGES = frozenset({WebhookAction.CREATE, WebhookAction.UPDATE, WebhookAction.DELETE})


async def register_webhook(
    command: RegisterWebhook, received: Received, *, tools: Toolbox
) -> Answer:
    """Where only a person can do it, the answer says what to enter where.

    Repeating it changes nothing at the gateway. Raises UnknownAccount, OperationRefused.
    """
    gateway = tools.gateway(command.account)
    url = str(command.url)
    if isinstance(gateway, RegistersWebhooks):
        return await _by_call(gateway, url, command.account, received)
    if isinstance(gateway, RegisteredByHand):
        entries = {each.field: each.value for each in gateway.dashboard_entries(url)}
        details = {"url": url, "changed": False, "enter_in_dashboard": entries}
        return _succeeded(received, details)
    raise OperationRefused(
        f"the gateway of {command.account} takes no registration of webhooks",
        code="not_supported_by_gateway",
    )


async def _by_call(
    gateway: RegistersWebhooks, url: str, account: str, received: Received
) -> Answer:
    context = CallContext(operation_id=received.command_id, purpose="register_webhook")
    try:
        done = await registration.register_webhook(gateway, url, context=context)
    except GatewayOutage as outage:
        return Answer(
            command_id=received.command_id,
            outcome=Outcome.UNAVAILABLE,
            retry_after_seconds=outage.retry_after_seconds,
            code=outage.code,
            message=f"{account} could not be reached; send the same command again later",
        )
    except GatewayRefusal as refusal:
        raise OperationRefused(str(refusal), code=f"gateway_{refusal.code}") from refusal
    except Misconfigured as problem:
        raise OperationRefused(str(problem), code=problem.code) from problem
    return _succeeded(received, _details(url, done))


def _details(url: str, done: list[WebhookStep]) -> dict[str, object]:
    ours = next(step for step in done if step.url == url)
    return {
        "webhook_id": ours.webhook_id,
        "url": url,
        "changed": any(step.action in _CHANGES for step in done),
    }


def _succeeded(received: Received, details: dict[str, object]) -> Answer:
    return Answer(command_id=received.command_id, outcome=Outcome.SUCCEEDED, details=details)
