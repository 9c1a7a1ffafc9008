"""What is kept of bodies: only what is named."""

from decimal import Decimal
from typing import Any

import pytest

from payments_common.gateways.redaction import AllowList, without_personal_data
from payments_common.gateways.tabby.client import REDACT
from support.tabby_payloads import CANARY_EMAIL, CANARY_NAME, CANARY_PHONE, payment, session_answer

CANARIES = (CANARY_NAME, CANARY_EMAIL, CANARY_PHONE, "Example Street")


def test_only_named_members_are_kept() -> None:
    keep = AllowList(leaves=frozenset({"id"}), branches=frozenset({"order"}))
    body = {"id": 1, "order": {"id": 2, "name": "x"}, "buyer": {"id": 3}, "items": [{"id": 4}]}
    assert keep(body) == {"id": 1, "order": {"id": 2}}


def test_a_leaf_s_name_does_not_let_in_a_branch_nor_the_reverse() -> None:
    keep = AllowList(leaves=frozenset({"id"}), branches=frozenset({"order"}))
    assert keep({"id": {"id": "x"}, "order": "x"}) == {}
    assert keep({"order": ["x", ["y"], {"id": 1}]}) == {"order": [[], {"id": 1}]}


@pytest.mark.parametrize("body", [None, "text", 7, Decimal("1.5")])
def test_what_is_no_object_is_not_kept(body: Any) -> None:
    assert REDACT(body) is None


@pytest.mark.parametrize("document", [payment(), session_answer(), [payment(), payment()]])
def test_a_tabby_body_keeps_money_and_ids_but_no_person(document: Any) -> None:
    kept = repr(REDACT(document))
    assert not any(canary in kept for canary in CANARIES)
    assert "checkout.tabby.example.com" not in kept
    assert "'reference_id': 'order-1'" in kept
    assert "'amount': '150'" in kept


def test_a_webhook_s_header_is_not_kept() -> None:
    registration = {"url": "https://shop.example.com/", "header": {"title": "X", "value": "canary"}}
    assert REDACT(registration) == {"url": "https://shop.example.com/"}


def test_the_gateway_s_words_are_kept_without_addresses_and_phones() -> None:
    words = f"no buyer {CANARY_EMAIL} or {CANARY_PHONE} for only 'AED'"
    assert without_personal_data(words) == "no buyer [email] or [number] for only 'AED'"
    kept = REDACT({"errorType": "bad_data", "error": words})
    assert kept == {"errorType": "bad_data", "error": without_personal_data(words)}


def test_what_is_kept_is_bounded() -> None:
    assert len(REDACT({"id": "x" * 9999})["id"]) == 255
    assert len(REDACT([payment()] * 999)) == 100
