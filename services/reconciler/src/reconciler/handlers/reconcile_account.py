"""One comparison of one account, from end to end; it may be repeated and broken off at will."""

from payments_common.gateways.port import CallContext
from payments_common.telemetry.logs import get_logger
from reconciler.handlers.list_payments import find_missing, list_payments
from reconciler.handlers.read_payment import PURPOSE
from reconciler.handlers.recheck_open import recheck_open
from reconciler.handlers.reconciling import ListedAccount, ListTools, Run
from reconciler.handlers.reread_orders import reread_orders


async def reconcile_account(run: Run, *, of: ListedAccount, tools: ListTools) -> None:
    """Raises GatewayOutage, GatewayRefusal and TryLater: then not everything was compared."""
    # With a wrong key every payment of ours would be missing.
    await of.gateway.check_access(context=CallContext(purpose=PURPOSE))
    await list_payments(run, of=of, tools=tools)
    if of.gateway.capabilities.lists_all_payments:
        await find_missing(run, of=of, tools=tools)
    else:
        await reread_orders(run, of=of, tools=tools)
    await recheck_open(run, of=of, tools=tools)
    if run.not_kept:
        get_logger().error("discrepancies_not_kept", account=run.account, count=run.not_kept)
    get_logger().info("account_reconciled", account=run.account, count=run.compared)
