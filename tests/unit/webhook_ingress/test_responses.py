"""The table of answers is complete, and no answer but the accepted one is a 200."""

import json
from collections.abc import Iterator

import pytest

import webhook_ingress.errors
from payments_common import errors
from payments_common.errors import PaymentsError
from webhook_ingress.responses import (
    ANSWERS,
    accepted_response,
    answer_to,
    error_response,
)


def tree(root: type[PaymentsError]) -> Iterator[type[PaymentsError]]:
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


OURS: set[type[PaymentsError]] = {
    each
    for each in tree(PaymentsError)
    if each.__module__ in (errors.__name__, webhook_ingress.errors.__name__)
}
BY_NAME = sorted(OURS, key=lambda each: each.__name__)


def test_every_error_has_its_own_answer() -> None:
    assert set(ANSWERS) == OURS


@pytest.mark.parametrize("error_type", BY_NAME)
def test_no_error_is_answered_as_received(error_type: type[PaymentsError]) -> None:
    assert ANSWERS[error_type].status >= 400


@pytest.mark.parametrize("error_type", BY_NAME)
def test_only_answers_that_ask_for_another_delivery_say_when(
    error_type: type[PaymentsError],
) -> None:
    answer = ANSWERS[error_type]
    assert answer.retry == (answer.status == 503)


def test_an_error_unknown_to_the_table_is_answered_as_its_nearest_parent() -> None:
    class BrokerOnFire(errors.BrokerUnavailable):
        pass

    assert answer_to(BrokerOnFire("fire")).status == 503


def test_a_retry_is_asked_for_in_whole_seconds() -> None:
    response = error_response(errors.PublishUnknown("no confirm"), retry_after_seconds=4.2)
    assert (response.status, response.headers["Retry-After"]) == (503, "5")


def test_the_body_names_the_code_and_keeps_internal_words_inside() -> None:
    response = error_response(errors.BrokerUnavailable("10.0.0.7 is away"), retry_after_seconds=1)
    body = json.loads(response.text or "")
    assert body["error"] == "broker_unavailable"
    assert "10.0.0.7" not in body["message"]


def test_a_refusal_of_a_signature_does_not_say_what_was_expected() -> None:
    refusal = errors.WebhookRefused("there is no x-shop header", code="signature_missing")
    response = error_response(refusal, retry_after_seconds=1)
    assert (response.status, "x-shop" in (response.text or "")) == (401, False)


def test_accepted_is_exactly_200() -> None:
    assert accepted_response().status == 200
