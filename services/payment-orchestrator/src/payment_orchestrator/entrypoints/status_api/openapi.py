"""The OpenAPI 3.1 document of the status API, made from the models that answer.

`python -m payment_orchestrator.entrypoints.status_api.openapi` prints it; docs/openapi.json is
its output.
"""

import json
import sys
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from payment_orchestrator.domain.public_status import PublicStatus
from payment_orchestrator.entrypoints.status_api.problems import Problem
from payment_orchestrator.entrypoints.status_api.query import LONGEST_WAIT_SECONDS, REFRESH, WAIT
from payments_common.schemas.commands import CreateSession

Json = dict[str, Any]

DESCRIPTION = """\
What a customer's page may know of its own order. A page ignores what its URL says and asks here,
with the status_token that came with the checkout session."""

_PROBLEMS = {
    400: "A parameter is wrong; `message` says which.",
    401: "No token, or not this order's. Nothing tells whether there is such an order.",
    429: "Too many requests of this order or this peer; ask again after `Retry-After` seconds.",
    500: "A mistake of ours.",
    503: "Not at the moment, or (`not_configured`) no tokens are given out here.",
}


def document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment status", "version": "1.0.0", "description": DESCRIPTION},
        "paths": {"/v1/orders/{order_reference}": {"get": _read_status()}},
        "components": {
            "securitySchemes": {
                "status_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "schemas": _schemas(),
        },
    }


def _read_status() -> Json:
    return {
        "operationId": "read_status",
        "summary": "What to show the customer of one order.",
        "security": [{"status_token": []}],
        "parameters": [_reference(), _refresh(), _wait()],
        "responses": {
            "200": _response("What we know of the order.", PublicStatus),
            **{str(status): _problem(status) for status in _PROBLEMS},
        },
    }


def _reference() -> Json:
    fields = CreateSession.model_json_schema()["properties"]
    schema = {key: value for key, value in fields["order_reference"].items() if key != "title"}
    return {"name": "order_reference", "in": "path", "required": True, "schema": schema}


def _refresh() -> Json:
    return {
        "name": REFRESH,
        "in": "query",
        "description": "Ask the gateway first, at most a few seconds long. `refresh` in the answer "
        "says what came of it.",
        "schema": {"type": "boolean", "default": False},
    }


def _wait() -> Json:
    return {
        "name": WAIT,
        "in": "query",
        "description": "Answer when `page` is no longer `checking`, or after so many seconds.",
        "schema": {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT_SECONDS, "default": 0},
    }


def _problem(status: int) -> Json:
    response = _response(_PROBLEMS[status], Problem)
    if status in (429, 503):
        seconds = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        response["headers"] = {"Retry-After": seconds}
    return response


def _response(description: str, model: type[BaseModel]) -> Json:
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _schemas() -> Json:
    _, definitions = models_json_schema(
        [(PublicStatus, "serialization"), (Problem, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    schemas: Json = definitions["$defs"]
    return dict(sorted(schemas.items()))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
