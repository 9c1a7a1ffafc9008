"""What an order's document says of its waiting, so that an index alone can tell of all orders."""

from datetime import datetime

from payment_orchestrator.domain.order import Order
from payment_orchestrator.domain.waiting import open_operations
from payments_common.storage.mongo_store import Document


def marks(order: Order, *, now: datetime) -> Document:
    """For a new document; what does not wait is absent."""
    reviewed = {"review_since": now} if order.review else {}
    return {**_open(order), **reviewed}


def mark(update: Document, order: Order, *, now: datetime) -> None:
    """Adds the same to a change; since when an order is flagged stays as long as it is."""
    is_open = _open(order)
    update["$set"] = {**update["$set"], **is_open}
    if order.review:
        update["$min"] = {**update.get("$min", {}), "review_since": now}
    waits = {"open": bool(is_open), "review_since": bool(order.review)}
    if not all(waits.values()):
        update["$unset"] = {name: "" for name, is_there in waits.items() if not is_there}


def _open(order: Order) -> Document:
    found = open_operations(order)
    if found is None:
        return {}
    counts = {state.value: count for state, count in found.counts.items()}
    return {"open": {"since": found.since, **counts}}
