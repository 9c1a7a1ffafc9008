"""What MyFatoorah signs: stored vectors, PHP's rules, and that every change is noticed."""

import copy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from payments_common import strict_json
from payments_common.errors import WebhookRefused
from payments_common.gateways.myfatoorah.notices import notice_in
from payments_common.gateways.myfatoorah.signatures import SIGNED_MEMBERS, signed_texts
from payments_common.gateways.myfatoorah.webhooks import MyFatoorahWebhooks
from payments_common.gateways.port import WebhookDelivery, WebhookSecret
from support.myfatoorah_notices import (
    NEXT_SECRET,
    SIGNATURE,
    VECTORS,
    delivery,
    first_body,
    first_text,
    payment_data,
    refund_data,
    second_body,
    second_text,
    signed_by,
    signed_first,
    vector_delivery,
)
from support.myfatoorah_payloads import WEBHOOK_SECRET

SCHEME = MyFatoorahWebhooks()
SECRETS = [NEXT_SECRET, WEBHOOK_SECRET]
PAYMENT_MEMBERS = VECTORS["rules"]["v2_fields"]["1"]
every_vector = pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda each: each["id"])
plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def refusal_of(sent: WebhookDelivery, *secrets: WebhookSecret) -> str:
    with pytest.raises(WebhookRefused) as caught:
        SCHEME.verify(sent, secrets or SECRETS)
    return caught.value.code


def texts_of(raw: bytes) -> tuple[str, ...]:
    return signed_texts(notice_in(strict_json.loads(raw)))


def first(data: bytes, code: int = 1) -> bytes:
    return b'{"EventType":%d,"Event":"E","Data":%s}' % (code, data)


def second(data: bytes, code: int) -> bytes:
    return b'{"Event":{"Code":%d},"Data":%s}' % (code, data)


@every_vector
def test_every_vector_is_authentic_with_the_one_secret_that_signed_it(vector: Any) -> None:
    ours = WebhookSecret("ours", vector["secret"])
    verified = SCHEME.verify(vector_delivery(vector), [NEXT_SECRET, ours, WEBHOOK_SECRET])
    assert verified.secret_id == "ours"
    assert refusal_of(vector_delivery(vector), NEXT_SECRET, WEBHOOK_SECRET) == "signature_invalid"


@every_vector
def test_every_vector_s_text_is_made_as_documented(vector: Any) -> None:
    assert vector["signed_string"] in texts_of(orjson.dumps(vector["payload"]))


@every_vector
def test_a_vector_with_any_signed_value_changed_is_refused(vector: Any) -> None:
    ours = WebhookSecret("ours", vector["secret"])
    for member in vector["signed_string"].split(","):
        tampered = copy.deepcopy(vector["payload"])
        *path, name = member.partition("=")[0].split(".")
        holder = tampered["Data"]
        for each in path:
            holder = holder[each]
        holder[name] = f"{holder[name]}0"
        assert refusal_of(vector_delivery(vector, tampered), ours) == "signature_invalid", member


@every_vector
def test_a_vector_s_signature_is_its_own_text_to_the_last_bit(vector: Any) -> None:
    ours = WebhookSecret("ours", vector["secret"])
    right = vector["expected_signature"]
    # The last character but one has two bits that no byte of the digest needs.
    alias = right[:-2] + chr(ord(right[-2]) + 1) + "="
    for wrong in (
        alias, right[:-1], right + "=", right.swapcase(), right.replace("/", "_"), f" {right}",
        right + "\n", "A" * 44, "=",
    ):  # fmt: skip
        if wrong != right:
            sent = delivery(vector["payload"], wrong)
            assert refusal_of(sent, ours) == "signature_invalid", wrong


def test_the_signed_members_are_those_of_the_documentation() -> None:
    documented = {int(code): tuple(paths) for code, paths in VECTORS["rules"]["v2_fields"].items()}
    assert documented == SIGNED_MEMBERS


@pytest.mark.parametrize(
    ("literal", "shown"),
    [
        (b"null", {""}),
        (b"false", {""}),
        (b"true", {"1"}),
        (b'""', {""}),
        (b'"2.500"', {"2.500"}),
        (b"0", {"0"}),
        (b"-7", {"-7"}),
        (b"9007199254740991", {"9007199254740991"}),
        (b"1.0", {"1.0", "1"}),
        (b"2.500", {"2.500", "2.5"}),
        (b"0.1", {"0.1"}),
        (b"0.00", {"0.00", "0"}),
        (b"-0.0", {"-0.0", "-0"}),
        (b"10.50", {"10.50", "10.5"}),
        (b"0.0001", {"0.0001"}),
        (b"0.00001", {"0.00001", "1.0E-5"}),
        (b"0.0000125", {"0.0000125", "1.25E-5"}),
        (b"1e2", {"100"}),
        (b"100000000000000.0", {"100000000000000.0", "1.0E+14"}),
        (b"10000000000000.5", {"10000000000000.5", "10000000000000"}),
        (b"123456789.123456789", {"123456789.123456789", "123456789.12346"}),
    ],
)
def test_a_value_is_shown_as_sent_or_as_php_shows_it(literal: bytes, shown: set[str]) -> None:
    """The shortened forms are what PHP 8.2 prints of json_decode's numbers."""
    texts = texts_of(first(b'{"Value":' + literal + b"}"))
    assert set(texts) == {f"Value={each}" for each in shown}
    supplier = b'{"Supplier":{"Code":' + literal + b'},"RequestStatus":{"Status":"A"}}'
    expected = {f"Supplier.Code={each},RequestStatus.Status=A" for each in shown}
    assert set(texts_of(second(supplier, 7))) == expected


def test_names_are_in_the_order_of_php_s_strcasecmp() -> None:
    data = (
        b'{"b":1,"DepositReference":2,"DepositFor":3,"DepositedAmount":4,"_":5,"a":6,"B":7,'
        b'"\xc3\xa4":9,"\xc3\x84":8,"Z":10}'
    )
    assert texts_of(first(data)) == (
        "_=5,a=6,b=1,B=7,DepositedAmount=4,DepositFor=3,DepositReference=2,Z=10,\u00c4=8,\u00e4=9",
    )


@pytest.mark.parametrize(
    ("code", "name", "is_dropped"),
    [
        (2, b"GatewayReference", True),
        (4, b"KycFeedback", True),
        (1, b"GatewayReference", False),
        (4, b"GatewayReference", False),
        (2, b"KycFeedback", False),
        (2, b"gatewayreference", False),
        (9, b"Anything", False),
    ],
)
@pytest.mark.parametrize("nested", [b'{"x":1}', b"{}", b"[]", b'["Array"]'])
def test_an_object_in_the_data_matches_nothing_unless_it_is_a_documented_one(
    code: int, name: bytes, is_dropped: bool, nested: bytes
) -> None:
    texts = texts_of(first(b'{"A":"1","' + name + b'":' + nested + b"}", code))
    assert texts == (("A=1",) if is_dropped else ())


@pytest.mark.parametrize(("value", "shown"), [(b"null", ""), (b'"x"', "x"), (b"7", "7")])
def test_a_dropped_member_of_version_1_may_be_anything(value: bytes, shown: str) -> None:
    assert texts_of(first(b'{"A":"1","GatewayReference":' + value + b"}", 2)) == ("A=1",)
    feedback = texts_of(first(b'{"A":"1","KycFeedback":' + value + b"}", 4))
    assert feedback == ("A=1", f"A=1,KycFeedback={shown}")


@pytest.mark.parametrize(
    "data",
    [
        b'{"Supplier":{"Code":null},"RequestStatus":{"Status":"A"}}',
        b'{"Supplier":{},"RequestStatus":{"Status":"A"}}',
        b'{"Supplier":null,"RequestStatus":{"Status":"A"}}',
        b'{"Supplier":[],"RequestStatus":{"Status":"A"}}',
        b'{"Supplier":"x","RequestStatus":{"Status":"A"}}',
        b'{"RequestStatus":{"Status":"A"}}',
    ],
)
def test_what_is_missing_in_version_2_is_empty_and_keeps_its_name(data: bytes) -> None:
    assert texts_of(second(data, 7)) == ("Supplier.Code=,RequestStatus.Status=A",)


@pytest.mark.parametrize("nested", [b"{}", b"[]", b'{"a":1}', b'["A"]'])
def test_an_object_for_a_signed_value_of_version_2_matches_nothing(nested: bytes) -> None:
    data = b'{"Supplier":{"Code":' + nested + b'},"RequestStatus":{"Status":"A"}}'
    assert texts_of(second(data, 7)) == ()
    sent = delivery(None, signed_by(""), raw=second(data, 7))
    assert refusal_of(sent) == "signature_invalid"


def test_arabic_text_is_signed_as_utf_8() -> None:
    sent = signed_first(first_body(CustomerName="\u0645\u062d\u0645\u062f, = \u2603"))
    assert SCHEME.verify(sent, SECRETS).secret_id == "current"


def test_the_secret_s_characters_are_the_key_although_they_look_like_base64() -> None:
    secret = WebhookSecret("base64", "c2VjcmV0+/==")
    sent = delivery(first_body(), signed_by(first_text(first_body()["Data"]), secret))
    assert SCHEME.verify(sent, [secret]).secret_id == "base64"
    assert refusal_of(sent, WebhookSecret("decoded", "secret")) == "signature_invalid"


@given(st.dictionaries(st.text("abcXYZ_09", min_size=1, max_size=8), plain | st.integers(0, 99)))
def test_whatever_version_1_says_is_accepted_with_its_secret_and_only_with_it(
    members: dict[str, Any],
) -> None:
    body = first_body(**members)
    # The order of names that differ in case only is the sender's.
    assume(len({name.lower() for name in body["Data"]}) == len(body["Data"]))
    sent = signed_first(body)
    assert SCHEME.verify(sent, SECRETS).secret_id == "current"
    assert refusal_of(sent, NEXT_SECRET) == "signature_invalid"


@given(st.sampled_from(sorted(first_body()["Data"])), plain)
def test_any_change_of_a_member_of_version_1_is_refused(name: str, value: str) -> None:
    body = first_body()
    signature = signed_by(first_text(body["Data"]))
    assume(str(body["Data"][name] or "") != value)
    body["Data"][name] = value
    assert refusal_of(delivery(body, signature)) == "signature_invalid"


@given(st.text("abcXYZ", min_size=1, max_size=8), plain)
def test_a_member_that_is_added_to_version_1_or_left_out_is_refused(name: str, value: str) -> None:
    body = first_body()
    signature = signed_by(first_text(body["Data"]))
    added = {**body, "Data": {**body["Data"], name: value}}
    assert refusal_of(delivery(added, signature)) == "signature_invalid"
    del body["Data"]["CustomerEmail"]
    assert refusal_of(delivery(body, signature)) == "signature_invalid"


@given(st.sampled_from(PAYMENT_MEMBERS), plain)
def test_any_change_of_a_signed_member_of_version_2_is_refused(path: str, value: str) -> None:
    body = second_body()
    signature = signed_by(second_text(body["Data"], PAYMENT_MEMBERS))
    holder, _, name = path.partition(".")
    assume(body["Data"][holder][name] != value)
    body["Data"][holder][name] = value
    assert refusal_of(delivery(body, signature)) == "signature_invalid"


@given(plain, plain)
def test_a_changed_amount_or_customer_of_version_2_is_still_authentic_and_only_a_hint(
    amount: str, name: str
) -> None:
    signature = signed_by(second_text(payment_data(), PAYMENT_MEMBERS))
    data = payment_data(Amount={"ValueInBaseCurrency": amount}, Customer={"Name": name})
    sent = delivery(second_body(data=data), signature)
    assert SCHEME.verify(sent, SECRETS).secret_id == "current"
    hint = SCHEME.parse(orjson.loads(sent.body))
    assert hint is not None
    assert hint.payment_id == payment_data()["Invoice"]["Id"]


@given(st.dictionaries(plain, plain, max_size=3), st.binary(max_size=44))
def test_no_body_is_authentic_without_the_secret(members: dict[str, str], noise: bytes) -> None:
    value = noise.decode("latin-1")
    for body in (
        first_body(**members),
        second_body(),
        second_body(2, refund_data()),
        second_body(data={**payment_data(), **members}),
    ):
        sent = delivery(body, value)
        code = "signature_invalid" if value.strip() else "signature_missing"
        assert refusal_of(sent) == code


def test_the_same_text_is_signed_whichever_way_the_json_is_written() -> None:
    body = first_body()
    signature = signed_by(first_text(body["Data"]))
    body["Data"] = dict(reversed(body["Data"].items()))
    spaced = orjson.dumps(body, option=orjson.OPT_INDENT_2)
    sent = WebhookDelivery(spaced, [(SIGNATURE, signature)], "", datetime(2026, 3, 2, tzinfo=UTC))
    assert SCHEME.verify(sent, SECRETS).secret_id == "current"
