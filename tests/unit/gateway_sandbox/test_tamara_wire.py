"""What Tamara's documents say, field by field: amounts, phone numbers, tokens, faults."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway_sandbox.faults import Fault
from gateway_sandbox.strict_body import dump, load_object
from gateway_sandbox.tamara.errors import TamaraError
from gateway_sandbox.tamara.money import decode_money, money_document
from gateway_sandbox.tamara.notices import authentication
from gateway_sandbox.tamara.phones import normalised
from gateway_sandbox.tamara.settings import TamaraSettings
from gateway_sandbox.tamara.tampering import tampered
from gateway_sandbox.tamara.token import encode, mint
from support.tamara_sandbox import money, token_parts

SETTINGS = TamaraSettings()
NOW = datetime(2023, 4, 11, 12, 19, 3, tzinfo=UTC)
KEY = b"ntf-0c1e5d8a-9b42-4f0e-8a77-2f6d1b3c4e5f"
V1_CLAIMS = {"exp": 4102444800, "iat": 1700000000, "iss": "Tamara"}


def minor(text: str, currency: str = "SAR", settings: TamaraSettings = SETTINGS) -> int:
    amount = load_object(f'{{"amount":{text}}}'.encode())["amount"]
    return decode_money(money(amount, currency), "total_amount", settings).amount_minor


@pytest.mark.parametrize(
    ("text", "currency", "expected"),
    [
        ("300", "SAR", 30000),
        ("300.00", "SAR", 30000),
        ("501.5", "AED", 50150),
        ('"501.5"', "AED", 50150),
        ('" 12.750 "', "KWD", 12750),
        ("12.755", "BHD", 12755),
        ("0.001", "OMR", 1),
        ("1e2", "SAR", 10000),
        ("0.30000000000000004", "SAR", 30),
        ("100.09999999999999", "SAR", 10010),
        ("999999999999.99", "SAR", 99999999999999),
    ],
)
def test_amounts_are_numbers_or_numeric_text(text: str, currency: str, expected: int) -> None:
    assert minor(text, currency) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-1", "true", "null", "[]", '""', '"NaN"', '"1,000"', '"1_000"'),
        *("1e400", "0.001", "1000000000000"),
    ],
)
def test_no_amount_is_made_of_anything_else(text: str) -> None:
    with pytest.raises(TamaraError) as refusal:
        minor(text)
    assert (refusal.value.status, refusal.value.code) == (400, "total_amount_invalid")


@pytest.mark.parametrize(
    ("changes", "text", "currency", "expected"),
    [
        ({"excess_decimals": "refuse"}, "0.30000000000000004", "SAR", None),
        ({"excess_decimals": "refuse"}, "0.30", "SAR", 30),
        ({"excess_decimals": "round"}, "10.005", "SAR", 1001),
        ({"decimals_of_kwd_bhd_omr": 2}, "12.755", "KWD", None),
        ({"decimals_of_kwd_bhd_omr": 2}, "12.75", "KWD", 12750),
        ({"decimals_of_kwd_bhd_omr": 2, "excess_decimals": "round"}, "12.755", "KWD", 12760),
    ],
)
def test_how_decimals_are_taken_is_a_setting(
    changes: dict[str, Any], text: str, currency: str, expected: int | None
) -> None:
    settings = replace(SETTINGS, **changes)
    if expected is None:
        with pytest.raises(TamaraError):
            minor(text, currency, settings)
    else:
        assert minor(text, currency, settings) == expected


@pytest.mark.parametrize(
    ("amount_minor", "currency", "form", "expected"),
    [
        (30000, "SAR", "short", b'{"amount":300,"currency":"SAR"}'),
        (14950, "SAR", "short", b'{"amount":149.5,"currency":"SAR"}'),
        (0, "KWD", "short", b'{"amount":0,"currency":"KWD"}'),
        (1, "KWD", "short", b'{"amount":0.001,"currency":"KWD"}'),
        (30000, "SAR", "fixed", b'{"amount":300.00,"currency":"SAR"}'),
        (99999999999999999, "SAR", "short", b'{"amount":999999999999999.99,"currency":"SAR"}'),
    ],
)
def test_amounts_are_written_as_exact_numbers(
    amount_minor: int, currency: str, form: Any, expected: bytes
) -> None:
    settings = replace(SETTINGS, amount_form=form)
    assert dump(money_document(amount_minor, currency, settings)) == expected


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("532298658", "SA", "966532298658"),
        ("0532298658", "SA", "966532298658"),
        ("966532298658", "SA", "966532298658"),
        ("+966532298658", "SA", "966532298658"),
        ("00966 53 229 8658", "SA", "966532298658"),
        ("+9660532298658", "SA", "966532298658"),
        ("+971544337866", "SA", "971544337866"),
        ("544337866", "AE", "971544337866"),
        ("30000001", "BH", "97330000001"),
        ("+96550000001", "KW", "96550000001"),
        ("90000001", "OM", "96890000001"),
        ("432298658", "SA", None),
        ("53229865", "SA", None),
        ("", "SA", None),
    ],
)
def test_phone_numbers_come_in_many_forms_and_leave_in_one(
    phone: str, country: str, expected: str | None
) -> None:
    assert normalised(phone, country) == expected


@pytest.mark.parametrize(
    ("claims", "key", "algorithm", "signature"),
    [
        (V1_CLAIMS, KEY, "HS256", "4_vn8XBmnvdXlmHllffDzdRP5e519kbr9euzhqF7zwo"),
        (V1_CLAIMS, b"another-token", "HS256", "CxbgGRNV_5QgNqMcUiATvj6oYn1ThUyLC2YiJ3B-GxM"),
        (
            {"exp": 1700000900, "iat": 1700000000, "iss": "Tamara"},
            KEY,
            "HS256",
            "HnE7c-Lr3QsRo02nZCgXJfQA6C7F8XTMpJqVlbqTQf4",
        ),
        ({"iss": "Tamara"}, KEY, "HS256", "djMe41a7b8AyWbYP_aMI2Bbc1ZHWFJl-iRHdG0JASKc"),
        (
            {**V1_CLAIMS, "iss": "Evil"},
            KEY,
            "HS256",
            "dFzjzaP2NYKlVdfJrCoNdZfV6oLqpfG0LYLUzcwD6Uo",
        ),
    ],
)
def test_tokens_are_those_that_official_code_was_seen_to_judge(
    claims: dict[str, Any], key: bytes, algorithm: str, signature: str
) -> None:
    assert encode(claims, key, algorithm=algorithm).rpartition(".")[2] == signature


def test_a_token_is_written_byte_by_byte_as_tamara_writes_it() -> None:
    assert encode(V1_CLAIMS, KEY).rpartition(".")[0] == (
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
        "eyJleHAiOjQxMDI0NDQ4MDAsImlhdCI6MTcwMDAwMDAwMCwiaXNzIjoiVGFtYXJhIn0"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"exp": 1681216443, "iat": 1681215543, "iss": "Tamara"}),
        ({"jwt_lifetime_seconds": -60.0}, {"exp": 1681215483, "iat": 1681215543, "iss": "Tamara"}),
        ({"clock_skew_seconds": 120.0}, {"exp": 1681216563, "iat": 1681215663, "iss": "Tamara"}),
        ({"clock_skew_seconds": -120.0}, {"exp": 1681216323, "iat": 1681215423, "iss": "Tamara"}),
        ({"jwt_issuer": "Evil"}, {"exp": 1681216443, "iat": 1681215543, "iss": "Evil"}),
        ({"jwt_claims": "issuer_only"}, {"iss": "Tamara"}),
    ],
)
def test_a_minted_token_lives_for_15_minutes_unless_set_otherwise(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    _, claims, _ = token_parts(mint("secret", NOW, replace(SETTINGS, **changes)))
    assert claims == expected


@pytest.mark.parametrize(
    ("algorithm", "named", "signature_length"),
    [("HS256", "HS256", 43), ("HS512", "HS512", 86), ("HS512_in_name_only", "HS512", 43)],
)
def test_a_token_can_be_signed_by_another_algorithm_or_claim_to_be(
    algorithm: Any, named: str, signature_length: int
) -> None:
    header, _, signature = token_parts(mint("secret", NOW, replace(SETTINGS, jwt_alg=algorithm)))
    assert (header, len(signature)) == ({"typ": "JWT", "alg": named}, signature_length)


def test_a_token_can_be_without_a_signature() -> None:
    header, _, signature = token_parts(mint("secret", NOW, replace(SETTINGS, jwt_alg="none")))
    assert (header["alg"], signature) == ("none", "")


@pytest.mark.parametrize(
    ("placement", "headers", "query"),
    [
        ("both", {"Authorization": "Bearer t"}, {"tamaraToken": "t"}),
        ("header", {"Authorization": "Bearer t"}, {}),
        ("query", {}, {"tamaraToken": "t"}),
    ],
)
def test_the_token_is_put_where_the_settings_say(
    placement: Any, headers: dict[str, str], query: dict[str, str]
) -> None:
    made = authentication("t", {"X-Shop": "1"}, replace(SETTINGS, jwt_placement=placement))
    assert (made.headers, made.query) == ({**headers, "X-Shop": "1"}, query)


@pytest.mark.parametrize(
    ("handling", "expected"),
    [("displaces_token", "Basic shop"), ("is_left_out", "Bearer t")],
)
def test_a_registered_authorization_header_may_displace_the_token(
    handling: Any, expected: str
) -> None:
    settings = replace(SETTINGS, custom_authorization=handling)
    made = authentication("t", {"authorization": "Basic shop"}, settings)
    assert made.headers == {"Authorization": expected}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"total_amount": money(1), "captured_amount": money(2)}, ["total_amount"]),
        ({"captured_amount": money(2)}, ["captured_amount"]),
        ({"authorized_amount": money(2)}, ["authorized_amount"]),
        ({"data": {"refund_id": "r", "refunded_amount": money(2)}}, ["data", "refunded_amount"]),
        ({"data": {"canceled_amount": money(2)}}, ["data", "canceled_amount"]),
    ],
)
def test_a_fault_puts_the_wrong_money_where_the_document_is_about_money(
    document: dict[str, Any], path: list[str]
) -> None:
    amount = json.loads(dump(tampered(document, Fault("*", "wrong_amount", amount="7.50"))))
    currency = json.loads(dump(tampered(document, Fault("*", "wrong_currency", currency="USD"))))
    for name in path:
        amount, currency = amount[name], currency[name]
    assert (amount["amount"], currency["currency"]) == (7.5, "USD")
    assert (amount["currency"], currency["amount"]) == ("SAR", document_amount(document, path))


def document_amount(document: dict[str, Any], path: list[str]) -> Any:
    for name in path:
        document = document[name]
    return document["amount"]


def test_a_document_without_money_is_left_alone() -> None:
    document = {"event_type": "order_approved", "data": []}
    assert tampered(document, Fault("*", "wrong_amount")) == document
