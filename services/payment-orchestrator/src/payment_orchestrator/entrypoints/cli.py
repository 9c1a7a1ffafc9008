"""The `payments` command for operators and support staff."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from payment_orchestrator.adapters.mongo_api_calls import MongoApiCalls
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.entrypoints import accounts_cli, webhooks_cli
from payment_orchestrator.entrypoints.operator_desk import Database, carry_out, open_store
from payment_orchestrator.entrypoints.timeline import render_order
from payments_common.errors import UnknownOrder
from payments_common.telemetry import logs

app = typer.Typer(no_args_is_help=True, help="Gateway accounts, their webhooks, and orders.")
orders_app = typer.Typer(no_args_is_help=True, help="Orders and their timelines.")
app.add_typer(accounts_cli.app, name="accounts")
app.add_typer(webhooks_cli.app, name="webhooks")
app.add_typer(orders_app, name="orders")

MongoUrl = Annotated[str, typer.Option(envvar="PAYMENTS_MONGODB_URL", help="MongoDB's URL.")]


@orders_app.command("show")
def show(
    order_reference: str,
    mongodb_url: MongoUrl,
    mongodb_database: Database = "payments",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The order as JSON.")] = False,
) -> None:
    """Tell what happened to an order, step by step."""
    carry_out(_show(order_reference, mongodb_url, mongodb_database, as_json=as_json))


async def _show(order_reference: str, url: str, name: str, *, as_json: bool) -> None:
    async with open_store(url, name) as store:
        orders = MongoOrders(store.database["orders"], store.database["order_history"])
        order = await orders.find_by_reference(order_reference)
        if order is None:
            raise UnknownOrder(f"there is no order with the reference {order_reference!r}")
        if as_json:
            typer.echo(order.model_dump_json(exclude={"session": {"customer"}}))
            return
        api_calls = MongoApiCalls(store.database["api_calls"], lambda: "")
        calls = await api_calls.of_order(order.order_id)
        Console().print(render_order(order, await orders.history(order.order_id), calls))


def main() -> None:
    """Keeps the services' log lines out of what a command prints."""
    logs.configure("payments", stream=sys.stderr, level="error")
    app()


if __name__ == "__main__":
    main()
