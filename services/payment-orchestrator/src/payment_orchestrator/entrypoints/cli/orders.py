"""`payments orders`: what happened to an order, which wait for a person, and what people say."""

from typing import Annotated

import typer
from pydantic.main import IncEx
from rich.console import Console

from payment_orchestrator.domain.order import Order
from payment_orchestrator.entrypoints.cli.decisions import accept, decide
from payment_orchestrator.entrypoints.cli.desk import find_order, orders_in
from payment_orchestrator.entrypoints.cli.review_list import review
from payment_orchestrator.entrypoints.cli.timeline import render_order
from payments_common.desk.database import open_store
from payments_common.desk.options import Database, MongoUrl
from payments_common.desk.telling import carry_out
from payments_common.storage.mongo_api_calls import MongoApiCalls

app = typer.Typer(no_args_is_help=True, help="Orders, their timelines, and what waits for you.")
app.command("review")(review)
app.command("accept")(accept)
app.command("decide")(decide)

CUSTOMER: IncEx = {"customer"}
TOKENS: IncEx = {"__all__": {"status_token"}}


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
        order = await find_order(order_reference, store)
        if as_json:
            typer.echo(as_json_text(order))
            return
        api_calls = MongoApiCalls(store.database["api_calls"], lambda: "")
        calls = await api_calls.of_order(order.order_id)
        history = await orders_in(store).history(order.order_id)
        Console().print(render_order(order, history, calls))


def as_json_text(order: Order) -> str:
    """Without the customer, and without what would let a reader pass for one."""
    return order.model_dump_json(exclude={"session": CUSTOMER, "answers": TOKENS})
