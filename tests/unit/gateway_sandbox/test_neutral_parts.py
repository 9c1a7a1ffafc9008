import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway_sandbox.agenda import Agenda
from gateway_sandbox.clock import VirtualClock, iso_seconds
from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.rate_limit import RateLimiter
from gateway_sandbox.redirects import with_query
from gateway_sandbox.settings_patch import as_document, patched
from gateway_sandbox.strict_body import InvalidBodyError, dump, load_object
from gateway_sandbox.tabby.settings import TabbySettings

NOW = datetime(2026, 3, 2, 9, 15, 4, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://shop.example.com/ok", "https://shop.example.com/ok?payment_id=p"),
        ("https://shop.example.com/ok?a=1", "https://shop.example.com/ok?a=1&payment_id=p"),
        ("https://shop.example.com/ok?", "https://shop.example.com/ok?payment_id=p"),
        ("https://shop.example.com/ok?a=1&", "https://shop.example.com/ok?a=1&payment_id=p"),
        ("https://shop.example.com/#top", "https://shop.example.com/?payment_id=p#top"),
    ],
)
def test_the_payment_id_is_added_to_any_return_url(url: str, expected: str) -> None:
    assert with_query(url, "payment_id", "p") == expected


async def test_a_sleeper_wakes_when_the_clock_is_advanced_past_its_moment() -> None:
    clock = VirtualClock(lambda: NOW)
    sleeper = asyncio.create_task(clock.sleep_until(NOW + timedelta(hours=1)))
    await asyncio.sleep(0)
    clock.advance(3599)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.advance(1)
    await asyncio.wait_for(sleeper, 10)


def test_times_are_written_with_whole_seconds() -> None:
    assert iso_seconds(NOW) == "2026-03-02T09:15:04Z"


def test_the_agenda_hands_out_what_is_due_in_order_of_time() -> None:
    agenda = Agenda()
    for minutes in (3, 1, 2, 60):
        agenda.add(NOW + timedelta(minutes=minutes), "expire", f"payment-{minutes}")
    due = [payment_id for _, _, payment_id in agenda.due(NOW + timedelta(minutes=3))]
    assert due == ["payment-1", "payment-2", "payment-3"]
    assert list(agenda.due(NOW + timedelta(minutes=3))) == []


def test_the_rate_window_slides() -> None:
    limiter = RateLimiter()
    moments = [NOW + timedelta(seconds=second) for second in (0, 5, 9, 10, 11, 15)]
    admitted = [limiter.admits("key", at, limit=2, window_seconds=10) for at in moments]
    assert admitted == [True, True, False, True, False, True]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'"x"', b"{", b'{"a":NaN}', b"\xff", b"[" * 9**6, b'{"a":1e' + b"9" * 20 + b"}"],
)
def test_only_json_objects_are_read(body: bytes) -> None:
    with pytest.raises(InvalidBodyError):
        load_object(body)


def test_fractions_survive_reading_exactly() -> None:
    assert str(load_object(b'{"a":0.10}')["a"]) == "0.10"


def test_anything_that_was_read_can_be_written() -> None:
    assert dump(load_object(b'{"a":1.5,"b":"\\ud800"}')).startswith(b'{"a":1.5,"b":"')
    assert dump(load_object(b'{"a":1e999}')) == b'{"a":"1E+999"}'


def test_settings_change_one_by_one_and_keep_their_types() -> None:
    changed = patched(
        TabbySettings(), {"session_seconds": Decimal("60.5"), "retry_delays_seconds": [1, 2]}
    )
    assert (changed.session_seconds, changed.retry_delays_seconds) == (60.5, (1.0, 2.0))
    assert patched(TabbySettings(), as_document(changed)) == changed


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ({"nothing": 1}, "unknown settings ['nothing']"),
        ({"expire_webhooks": "yes"}, "expire_webhooks must be bool"),
        ({"session_seconds": -1}, "session_seconds must be 0 to"),
        ({"replay_answer": "maybe"}, "must be one of ['current_payment', 'bad_data']"),
        ({"retry_delays_seconds": 5}, "must be a list"),
        ({"retry_delays_seconds": ["x"]}, "must be float"),
        ({"session_seconds": Decimal("1e999")}, "session_seconds must be 0 to"),
        ({"maximum_webhooks": 1.5}, "must be int"),
    ],
)
def test_a_wrong_setting_is_named(patch: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidControlRequestError) as error:
        patched(TabbySettings(), patch)
    assert said in str(error.value)
