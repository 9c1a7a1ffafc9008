"""The OpenAPI document is valid, current, and says what the models say."""

import json
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

from payment_orchestrator.domain.order import OrderStatus
from payment_orchestrator.domain.public_status import Page, Refreshed
from payment_orchestrator.entrypoints.status_api.openapi import document

CHECKED_IN = Path(__file__).parents[3] / "docs" / "openapi.json"
SCHEMAS = document()["components"]["schemas"]


def test_the_checked_in_document_is_up_to_date() -> None:
    assert json.loads(CHECKED_IN.read_text()) == document(), "run `make openapi` and commit it"


def test_it_is_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(document()).validate()


def test_it_lists_every_word_that_an_answer_may_have() -> None:
    words = {"Page": Page, "OrderStatus": OrderStatus, "Refreshed": Refreshed}
    for name, known in words.items():
        assert SCHEMAS[name]["enum"] == [each.value for each in known]
