"""`payments orders`: what happened to an order."""

from typing import Annotated

import typer
from rich.console import Console

from payment_orchestrator.adapters.mongo_api_calls import MongoApiCalls
from payment_orchestrator.adapters.mongo_orders import MongoOrders
from payment_orchestrator.entrypoints.cli.desk import Database, carry_out, open_store
from payment_orchestrator.entrypoints.cli.timeline import render_order
from payments_common.errors import UnknownOrder

MongoUrl = Annotated[str, typer.Option(envvar="PAYMENTS_MONGODB_URL", help="MongoDB's URL.")]

app = typer.Typer(no_args_is_help=True, help="Orders and their timelines.")


@app.callback()
def orders() -> None:
    """Keeps `show` a subcommand when it is the only one."""


@app.command("show")
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
