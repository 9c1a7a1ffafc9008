"""Brings an account's webhook registration at its gateway to what configuration says."""

from payment_orchestrator.handlers.command import Received
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.errors import GatewayOutage, GatewayRefusal, Misconfigured, OperationRefused
from payments_common.gateways.port import CallContext
from payments_common.schemas.commands import RegisterWebhook
from payments_common.schemas.replies import Answer, Outcome


async def register_webhook(
    command: RegisterWebhook, received: Received, *, tools: Toolbox
) -> Answer:
    """Repeating it changes nothing at the gateway. Raises UnknownAccount, OperationRefused."""
    gateway = tools.gateway(command.account)
    context = CallContext(operation_id=received.command_id, purpose="register_webhook")
    try:
        registration = await gateway.register_webhook(str(command.url), context=context)
    except GatewayOutage as outage:
        return Answer(
            command_id=received.command_id,
            outcome=Outcome.UNAVAILABLE,
            retry_after_seconds=outage.retry_after_seconds,
            code=outage.code,
            message=f"{command.account} could not be reached; send the same command again later",
        )
    except GatewayRefusal as refusal:
        raise OperationRefused(str(refusal), code=f"gateway_{refusal.code}") from refusal
    except Misconfigured as problem:
        raise OperationRefused(str(problem), code=problem.code) from problem
    return Answer(
        command_id=received.command_id,
        outcome=Outcome.SUCCEEDED,
        details={
            "webhook_id": registration.webhook_id,
            "url": registration.url,
            "changed": registration.changed,
        },
    )
