"""MyFatoorah's webhooks: what is refused and why, what is kept, what a notice points at."""

import ast
import inspect
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from payments_common.errors import WebhookRefused
from payments_common.gateways.authenticity import LONGEST_HEADER
from payments_common.gateways.myfatoorah import signatures, webhooks
from payments_common.gateways.myfatoorah.webhooks import MyFatoorahWebhooks
from payments_common.gateways.port import VerifiesStored, WebhookDelivery, WebhookSecret
from support.clocks import START
from support.myfatoorah_notices import (
    NEXT_SECRET,
    SIGNATURE,
    VECTORS,
    VERSION,
    delivery,
    first_body,
    payment_data,
    payment_notice,
    second_body,
    signed_by,
    signed_first,
    signed_second,
)
from support.myfatoorah_payloads import WEBHOOK_SECRET

SCHEME = MyFatoorahWebhooks()
FIELDS = VECTORS["rules"]["v2_fields"]
ANY = signed_by("anything")


def refusal_of(sent: WebhookDelivery, *secrets: WebhookSecret) -> str:
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(sent, secrets)
    assert not any(secret.value in str(caught.value) for secret in secrets)
    return caught.value.code


@pytest.mark.parametrize("secrets", [[WEBHOOK_SECRET], [NEXT_SECRET, WEBHOOK_SECRET]])
def test_any_of_the_account_s_secrets_authenticates(secrets: list[WebhookSecret]) -> None:
    assert SCHEME.verify(payment_notice(), secrets).secret_id == "current"


@pytest.mark.parametrize("version", ["v2", "V2", " v2 ", None])
def test_a_version_in_any_case_or_none_says_how_to_verify(version: str | None) -> None:
    headers = () if version is None else ((VERSION, version),)
    assert SCHEME.verify(payment_notice(*headers), [WEBHOOK_SECRET])


@pytest.mark.parametrize("version", ["v1", "V1", None])
@pytest.mark.parametrize("code", [1, "1", 2, 5, 6, 7, 8])
def test_version_1_is_known_by_its_shape_too(version: str | None, code: Any) -> None:
    headers = () if version is None else ((VERSION, version),)
    assert SCHEME.verify(signed_first(first_body(code), headers=headers), [WEBHOOK_SECRET])


@pytest.mark.parametrize("code", [1, "1"])
def test_a_code_may_be_a_number_in_text(code: Any) -> None:
    assert SCHEME.verify(signed_second(second_body(code), FIELDS["1"]), [WEBHOOK_SECRET])


def test_header_names_have_no_case() -> None:
    sent = payment_notice()
    headers = [("MyFatoorah-Signature", sent.headers[0][1]), ("MYFATOORAH-WEBHOOK-VERSION", "v2")]
    again = WebhookDelivery(sent.body, headers, "", sent.received_at)
    assert SCHEME.verify(again, [WEBHOOK_SECRET])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (delivery(second_body(), None), "signature_missing"),
        (delivery(second_body(), ""), "signature_missing"),
        (delivery(second_body(), " \t"), "signature_missing"),
        (delivery(second_body(), ANY, (SIGNATURE, ANY)), "signature_repeated"),
        (payment_notice((VERSION, "v2"), (VERSION, "v2")), "signature_repeated"),
        (payment_notice((VERSION, "v3")), "signature_version_unknown"),
        (payment_notice((VERSION, "")), "signature_version_unknown"),
        (payment_notice((VERSION, "v1")), "signature_version_mismatch"),
        (signed_first(first_body(), headers=((VERSION, "v2"),)), "signature_version_mismatch"),
        (delivery(None, ANY, raw=b""), "invalid_json"),
        (delivery(None, ANY, raw=b"{"), "invalid_json"),
        (delivery(None, ANY, raw=b'{"Event":1,"Event":1}'), "invalid_json"),
        (delivery([], ANY), "event_unreadable"),
        (delivery({}, ANY), "event_unreadable"),
        (delivery({"EventType": 1, "Data": {"A": "1"}}, ANY), "event_unreadable"),
        (delivery({"EventType": True, "Event": "E", "Data": {"A": "1"}}, ANY), "event_unreadable"),
        (delivery({"Event": {"Name": "E"}, "Data": {"A": "1"}}, ANY), "event_unreadable"),
        (delivery({"Event": {"Code": [1]}, "Data": {"A": "1"}}, ANY), "event_unreadable"),
        (delivery(second_body(data={}), ANY), "event_empty"),
        (delivery({**second_body(), "Data": None}, ANY), "event_empty"),
        (delivery({**first_body(), "Data": []}, ANY), "event_empty"),
        (delivery({**first_body(), "Data": {}}, signed_by("")), "event_empty"),
        (delivery(second_body(8), signed_by("")), "event_unknown"),
        (delivery(second_body(0), signed_by("")), "event_unknown"),
        (delivery(second_body(), ANY), "signature_invalid"),
    ],
)
def test_what_is_not_authentic_is_refused_with_its_reason(sent: WebhookDelivery, code: str) -> None:
    assert refusal_of(sent, WEBHOOK_SECRET, NEXT_SECRET) == code


def test_without_a_configured_secret_nothing_is_authentic() -> None:
    assert refusal_of(payment_notice()) == "secret_not_configured"


@given(st.text(st.characters(exclude_categories=()), max_size=50))
@example("\udcff\ud800")
def test_no_header_value_breaks_the_comparison(value: str) -> None:
    code = "signature_invalid" if value.strip() else "signature_missing"
    assert refusal_of(delivery(second_body(), value), WEBHOOK_SECRET) == code


@given(st.binary(max_size=200))
@example(b'{"EventType":1e400,"Event":"E","Data":{"A":1}}')
@example(b"[" * 100)
def test_no_body_breaks_the_verification(raw: bytes) -> None:
    assert refusal_of(delivery(None, ANY, raw=raw), WEBHOOK_SECRET)


def test_equal_bodies_have_equal_keys_and_others_have_others() -> None:
    """The event's own reference is not signed, so two bodies may bear the same one."""
    first = SCHEME.verify(payment_notice(), [WEBHOOK_SECRET])
    again = SCHEME.verify(payment_notice((VERSION, "v2"), ("date", "later")), [WEBHOOK_SECRET])
    other = delivery(second_body(data=payment_data(Customer=None)), ANY)
    assert first.event_key == again.event_key != SCHEME.event_key(other)
    assert first.event_key.startswith("sha256:")


def test_what_is_stored_explains_the_delivery() -> None:
    sent = payment_notice(
        (VERSION, "v2"),
        ("content-type", "application/json"),
        ("user-agent", "mf\r\nfake: 1"),
        ("cookie", "session=1"),
        ("authorization", "Bearer sk"),
    )
    stored = SCHEME.stored_headers(sent)
    assert [name for name, _ in stored] == [SIGNATURE, VERSION, "content-type", "user-agent"]
    assert "\r" not in repr(dict(stored)["user-agent"])
    assert WEBHOOK_SECRET.value not in repr(stored)


def test_what_is_stored_is_bounded() -> None:
    headers = [(SIGNATURE, "a" * 10_000), (VERSION, "b" * 10_000)] * 100
    sent = delivery({}, None, *headers, *[("user-agent", "x" * 10_000)] * 100)
    stored = SCHEME.stored_headers(sent)
    assert len(stored) == webhooks.MOST_HEADERS
    assert {name for name, _ in stored} == {SIGNATURE, VERSION, "user-agent"}
    assert all(len(value) <= LONGEST_HEADER for _, value in stored)


def test_a_stored_delivery_is_verified_again_once_the_secret_is_right() -> None:
    scheme: VerifiesStored = SCHEME
    fresh = payment_notice((VERSION, "v2"), ("date", "today"))
    kept = SCHEME.stored_headers(fresh)
    stored = WebhookDelivery(fresh.body, kept, SCHEME.stored_query(fresh), fresh.received_at)
    with pytest.raises(WebhookRefused):
        scheme.verify_stored(stored, [NEXT_SECRET])
    verified = scheme.verify_stored(stored, [NEXT_SECRET, WEBHOOK_SECRET])
    assert (verified.secret_id, verified.stored_headers) == ("current", kept)
    assert verified.event_key == SCHEME.event_key(fresh)


def test_a_repeated_signature_is_refused_from_the_store_too() -> None:
    fresh = delivery(second_body(), ANY, *[(SIGNATURE, ANY)] * 20)
    kept = SCHEME.stored_headers(fresh)
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify_stored(
            WebhookDelivery(fresh.body, kept, "", fresh.received_at), [WEBHOOK_SECRET]
        )
    assert caught.value.code == "signature_repeated"


def test_a_probe_is_authentic_and_about_no_payment() -> None:
    probe = SCHEME.probe(WEBHOOK_SECRET, now=START)
    sent = delivery(None, None, *probe.headers.items(), raw=probe.body)
    assert SCHEME.verify(sent, [NEXT_SECRET, WEBHOOK_SECRET]).secret_id == "current"
    assert SCHEME.parse(orjson.loads(probe.body)) is None
    assert WEBHOOK_SECRET.value not in repr(probe)


def test_no_secret_is_compared_with_an_operator() -> None:
    """An `==` or `in` stops at the first difference, and its time tells where that is."""
    secretive = {"presented", "secret", "value", "signature_of", "compare_digest", "texts"}
    for module in (webhooks, signatures):
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and not _is_type_test(node):
                names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                assert not names & secretive, ast.unparse(node)
    assert "hmac.compare_digest" in inspect.getsource(signatures)


def _is_type_test(node: ast.Compare) -> bool:
    return all(isinstance(each, ast.Is | ast.IsNot) for each in node.ops)
