"""MyFatoorah says no in many shapes; each is told as what it is, without personal data."""

from typing import Any

import pytest

from payments_common.errors import GatewayRefusal, OutcomeUnknown
from payments_common.gateways.myfatoorah.answers import accepted, decline_in
from payments_common.gateways.transport import Answer
from support.myfatoorah_payloads import (
    CANARY_EMAIL,
    CANARY_NAME,
    CANARY_PHONE,
    NO_DATA,
    envelope,
    refusal,
)

ROUTING = {
    "Message": "No HTTP resource was found that matches the request URI 'https://x/v2/Sendpayment'.",
    "MessageDetail": "No action was found on the controller.",
}
AUTH = [
    ({"Message": "Authorization has been denied for this request."}, 200, "not_authorized"),
    ({"Message": "Authorization has been denied for this request."}, 401, "not_authorized"),
    (refusal(message="The token is not valid or it is expired!"), 200, "not_authorized"),
    (refusal(message="Exception: You are not Authorized to use API."), 400, "not_authorized"),
    ("Exception: You are not Authorized to use API.", 200, "not_authorized"),
    (
        refusal(message="The token does not have the required permissions!"),
        401,
        "permission_missing",
    ),
]


def refused(body: Any, status: int = 400, *, moves_money: bool = False) -> GatewayRefusal:
    with pytest.raises(GatewayRefusal) as caught:
        accepted(Answer(status, body), "create_session", moves_money=moves_money)
    assert caught.value.status == status
    return caught.value


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize(
    "body", [envelope({}), envelope(None), {"IsSuccess": "true", "Data": {}}, {"IsSuccess": "True"}]
)
def test_a_success_says_so_in_its_envelope(status: int, body: Any) -> None:
    answer = Answer(status, body)
    assert accepted(answer, "get_payment") is answer
    assert decline_in(answer) is None


def test_a_list_needs_no_envelope() -> None:
    answer = Answer(200, [{"Text": "KWD", "Value": "1"}])
    assert accepted(answer, "list") is answer


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            refusal(("InvoiceValue", "Invoice value must be more than 0")),
            "invalid_invoice_value",
            "InvoiceValue: Invoice value must be more than 0",
        ),
        (
            {
                "IsSuccess": False,
                "Message": "Invalid data",
                "FieldsErrors": [{"Name": "CallBackUrl", "Error": "localhost is not allowed"}],
            },
            "invalid_call_back_url",
            "CallBackUrl: localhost is not allowed",
        ),
        (
            {"IsSuccess": False, "Message": None, "Data": {"ErrorMessage": "Card was refused"}},
            "refused",
            "Card was refused",
        ),
        (
            refusal(("invoiceCreate.InvoiceItems", "")),
            "invalid_invoice_items",
            "invoiceCreate.InvoiceItems",
        ),
        (ROUTING, "unknown_endpoint", "No HTTP resource was found"),
        ("Something is wrong", "refused", "Something is wrong"),
        (refusal(message="Sorry"), "refused", "Sorry"),
        (refusal(message=""), "refused", "without a word"),
        (NO_DATA, "not_found", "No data match"),
        (refusal(("Key", "No transaction exist matching this Key!")), "not_found", "Key: No"),
        (refusal(("", ""), message="Denied"), "refused", "Denied"),
        ({"IsSuccess": "false", "Message": "Sorry"}, "refused", "Sorry"),
        ({"IsSuccess": False, "ValidationErrors": ["odd"], "Message": "Sorry"}, "refused", "Sorry"),
        *((body, code, "") for body, _, code in AUTH),
    ],
)
def test_every_shape_of_a_no_is_a_refusal_in_its_best_word(
    body: Any, code: str, words: str
) -> None:
    error = refused(body)
    assert error.code == code
    assert words in str(error)
    assert "MyFatoorah refuses create_session: 400" in str(error)


@pytest.mark.parametrize("body", [refusal(("Amount", "too much")), NO_DATA])
def test_a_no_with_status_200_is_a_no(body: Any) -> None:
    assert refused(body, 200)
    assert decline_in(Answer(200, body)) is not None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (
            refusal(("Key", "The transaction is already under processing!")),
            "already_under_processing",
        ),
        (refusal(("Amount", "Insufficient balance for vendor")), "insufficient_balance"),
        (refusal(message="Key: No transaction exist matching this Key!"), "not_found"),
        (refusal(("Amount", "The amount is more than the invoice value")), "invalid_amount"),
        (refusal(message="No"), "refused"),
    ],
)
def test_a_no_of_its_envelope_is_a_decline_of_a_money_move(body: Any, code: str) -> None:
    declined = decline_in(Answer(400, body))
    assert declined is not None
    assert declined.code == code
    assert declined.message


@pytest.mark.parametrize(("body", "status", "code"), AUTH)
def test_a_key_that_is_not_accepted_is_ours_to_mend_and_no_decline(
    body: Any, status: int, code: str
) -> None:
    assert decline_in(Answer(status, body)) is None
    assert refused(body, status, moves_money=True).code == code


@pytest.mark.parametrize("body", [ROUTING, "No", {"Message": "An error"}])
def test_what_has_no_envelope_declines_nothing(body: Any) -> None:
    assert decline_in(Answer(404, body)) is None
    assert refused(body, 404, moves_money=True)


@pytest.mark.parametrize("status", [200, 204, 400, 401])
def test_an_empty_answer_doubts_the_key(status: int) -> None:
    error = refused(None, status)
    assert error.code == "empty_answer"
    assert "of another country" in str(error)


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_an_empty_answer_to_a_money_move_leaves_it_unknown(status: int) -> None:
    with pytest.raises(OutcomeUnknown):
        accepted(Answer(status, None), "refund", moves_money=True)


@pytest.mark.parametrize("moves_money", [True, False])
@pytest.mark.parametrize("body", [None, [], 7, {"error": "blocked"}, envelope({})])
def test_a_firewall_s_answer_is_not_myfatoorah_s(body: Any, moves_money: bool) -> None:
    with pytest.raises(OutcomeUnknown, match="not by MyFatoorah"):
        accepted(Answer(403, body), "refund", moves_money=moves_money)


@pytest.mark.parametrize(
    "body", [{}, {"Data": {}}, {"IsSuccess": None, "Data": {}}, {"IsSuccess": 1}, "ok", 7]
)
def test_a_success_that_does_not_say_so_is_unknown(body: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="whether it is a success"):
        accepted(Answer(200, body), "refund")
    assert decline_in(Answer(200, body)) is None


def test_a_refusal_repeats_no_customer() -> None:
    errors = [
        ("CustomerName", f"{CANARY_NAME} is too long"),
        ("invoiceCreate.CustomerMobile", f"{CANARY_PHONE} is wrong"),
        ("Key", f"sent by {CANARY_EMAIL}, {CANARY_PHONE}"),
        ("CustomerReference", "order-1 is known"),
    ]
    shown = str(refused(refusal(*errors)))
    assert "CustomerName" in shown
    assert "order-1 is known" in shown
    for canary in (CANARY_NAME, CANARY_EMAIL, CANARY_PHONE, "Nightingale", "51234567"):
        assert canary not in shown


def test_a_code_is_short_and_plain_whatever_the_name() -> None:
    assert refused(refusal(("A" * 300 + " <b>\u0645", ""))).code == ("invalid_" + "a" * 300)[:64]
