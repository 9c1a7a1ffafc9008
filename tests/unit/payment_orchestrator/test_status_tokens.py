"""Law 5: a token reads its own order, for its time, and nothing else passes for one."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from payment_orchestrator.adapters.status_tokens import AUDIENCE, LEEWAY_SECONDS, JoseStatusTokens
from support.builders import NOW, order

OLD, NEW = b"the-old-key-of-at-least-32-bytes!", b"the-new-key-of-at-least-32-bytes!"
DAYS = timedelta(days=30)
ORDER = order()


def tokens(*keys: bytes) -> JoseStatusTokens:
    return JoseStatusTokens(keys or (OLD,), lasts=DAYS)


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(key: bytes = OLD, alg: str = "HS256", **changes: Any) -> str:
    end = int((NOW + DAYS).timestamp())
    claims = {"aud": AUDIENCE, "sub": ORDER.order_id, "exp": end, **changes}
    left = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg}, left, OctKey.import_key(key), [alg])


def test_a_token_names_its_order() -> None:
    assert tokens().order_id(tokens().of(ORDER), now=NOW) == ORDER.order_id
    assert tokens().order_id(signed(), now=NOW) == ORDER.order_id


def test_an_order_has_the_same_token_whenever_it_is_asked_for() -> None:
    later = ORDER.model_copy(update={"version": 7, "updated_at": NOW + DAYS})
    assert tokens().of(later) == tokens().of(ORDER)


def test_two_orders_have_two_tokens() -> None:
    other = ORDER.model_copy(update={"order_id": "order-2"})
    assert tokens().order_id(tokens().of(other), now=NOW) == "order-2"
    assert tokens().of(other) != tokens().of(ORDER)


def test_it_ends_with_its_time() -> None:
    token, end = tokens().of(ORDER), NOW + DAYS + timedelta(seconds=LEEWAY_SECONDS)
    assert tokens().order_id(token, now=end - timedelta(seconds=1)) == ORDER.order_id
    assert tokens().order_id(token, now=end + timedelta(seconds=1)) is None


def test_a_fresh_token_is_read_by_a_host_whose_clock_is_behind() -> None:
    assert tokens().order_id(tokens().of(ORDER), now=NOW - timedelta(seconds=2)) == ORDER.order_id


def test_a_header_of_the_wrong_shape_is_no_token() -> None:
    header = part({"alg": "HS256", "crit": 5})
    assert tokens().order_id(f"{header}.{part({})}.c2ln", now=NOW) is None


def test_after_a_rotation_old_tokens_are_read_and_new_ones_are_of_the_new_key() -> None:
    old = tokens(OLD).of(ORDER)
    rotated = tokens(NEW, OLD)
    assert rotated.order_id(old, now=NOW) == ORDER.order_id
    assert tokens(NEW).order_id(rotated.of(ORDER), now=NOW) == ORDER.order_id
    assert tokens(NEW).order_id(old, now=NOW) is None


@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b.c",
        signed(NEW),
        signed(alg="HS512"),
        signed(aud="somebody else"),
        signed(aud=None),
        signed(sub=None),
        signed(sub=17),
        signed(sub=["order-1"]),
        signed(exp=None),
        signed(exp="never"),
        signed(nbf=int((NOW + DAYS).timestamp())),
        f"{part({'alg': 'none'})}.{part({'sub': 'order-1', 'aud': AUDIENCE, 'exp': 9**11})}.",
        f"{part({'alg': 'HS256', 'crit': ['x'], 'x': 1})}.{part({'sub': 'order-1'})}.AA",
        f"{signed()}.",
        f"{signed()}A",
        signed()[:-2],
    ],
)
def test_what_is_no_token_of_ours_names_no_order(token: str) -> None:
    assert tokens().order_id(token, now=NOW) is None


def test_no_changed_letter_of_a_token_is_overlooked() -> None:
    token = tokens().of(ORDER)
    for place in range(len(token) - 1):  # the last one has bits that mean nothing
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tokens().order_id(changed, now=NOW) is None, place


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,60}(\.[A-Za-z0-9_-]{0,60}){0,4}"))
def test_nonsense_is_refused_and_nothing_else_happens(token: str) -> None:
    assert tokens().order_id(token, now=NOW) is None


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())))
def test_a_header_that_we_did_not_write_is_refused(header: dict[str, Any]) -> None:
    claims = {"sub": "order-1", "aud": AUDIENCE, "exp": 9**11}
    assert tokens().order_id(f"{part(header)}.{part(claims)}.AA", now=NOW) is None
