"""What a page asks for, read strictly: a typo is told, never ignored."""

import re

from aiohttp import web

from payment_orchestrator.entrypoints.status_api.problems import invalid_query
from payment_orchestrator.handlers.read_status import Asked

LONGEST_WAIT_SECONDS = 30
REFRESH, WAIT = "refresh", "wait"


def read_query(request: web.Request) -> Asked:
    """Raises Refused that says what is wrong."""
    query = request.query
    for name in query:
        if name not in (REFRESH, WAIT):
            raise invalid_query(f"there is no parameter {name[:40]!r}; known: refresh, wait")
        if len(query.getall(name)) > 1:
            raise invalid_query(f"{name} is given twice")
    return Asked(
        refresh=_refresh(query.get(REFRESH, "false")), wait_seconds=_wait(query.get(WAIT, "0"))
    )


def _refresh(value: str) -> bool:
    if value not in ("true", "false"):
        raise invalid_query("refresh must be true or false")
    return value == "true"


def _wait(value: str) -> int:
    seconds = int(value) if re.fullmatch(r"[0-9]{1,2}", value, re.ASCII) else None
    if seconds is None or seconds > LONGEST_WAIT_SECONDS:
        raise invalid_query(f"wait must be whole seconds, 0 to {LONGEST_WAIT_SECONDS}")
    return seconds
