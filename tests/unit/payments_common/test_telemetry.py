"""Logs: only what is on the list gets out, on one line. Metrics: no registry is global."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY, Counter

from payments_common.errors import BrokerUnavailable
from payments_common.telemetry import logs
from payments_common.telemetry.metrics import new_registry

SECRET = "canary-6f1d"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("webhook-ingress", stream=stream, level="info", fields=["shelf"])
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_listed_field_is_written_with_the_service_and_the_time(stream: io.StringIO) -> None:
    logs.get_logger().info("webhook refused", account="tabby-ksa", count=3)
    (line,) = lines(stream)
    assert line["event"] == "webhook refused"
    assert (line["account"], line["count"], line["level"]) == ("tabby-ksa", 3, "info")
    assert line["service"] == "webhook-ingress"
    assert line["time"].endswith("Z")


def test_a_field_that_nobody_listed_is_masked(stream: io.StringIO) -> None:
    logs.get_logger().info("called", authorization=f"Bearer {SECRET}", api_key=SECRET)
    assert lines(stream)[0]["authorization"] == logs.MASK
    assert SECRET not in stream.getvalue()


def test_a_service_may_list_fields_of_its_own(stream: io.StringIO) -> None:
    logs.get_logger().info("put", shelf="A7")
    assert lines(stream)[0]["shelf"] == "A7"


@pytest.mark.parametrize("value", [{"token": SECRET}, [SECRET], SECRET.encode(), object()])
def test_a_listed_field_with_a_value_that_is_not_plain_is_masked(
    stream: io.StringIO, value: object
) -> None:
    logs.get_logger().info("called", account=value)
    assert lines(stream)[0]["account"] == logs.MASK


@pytest.mark.parametrize(
    "nasty", ["\r\n", "\n{}", "\x1b[2J", "\x00", "\x7f", "\x9b31m", "\u2028", "\u202e"]
)
def test_control_characters_never_reach_a_terminal_or_make_a_line(
    stream: io.StringIO, nasty: str
) -> None:
    logs.get_logger().info(f"event{nasty}", account=f"a{nasty}b", **{f"key{nasty}": 1})
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.rstrip("\n").isascii()
    (line,) = lines(stream)
    assert all(str(each).isprintable() for pair in line.items() for each in pair)


def test_a_long_value_is_cut(stream: io.StringIO) -> None:
    logs.get_logger().info("called", account="a" * 10_000)
    assert len(lines(stream)[0]["account"]) == logs.LONGEST_TEXT


def test_an_error_of_ours_is_told_in_its_own_words(stream: io.StringIO) -> None:
    error = raised(BrokerUnavailable("the broker is away"))
    logs.get_logger().error("not stored", exc_info=error)
    (line,) = lines(stream)
    assert (line["error_type"], line["error_code"]) == ("BrokerUnavailable", "broker_unavailable")
    assert line["error_message"] == "the broker is away"
    assert "test_telemetry.py" in line["error_at"]


def test_a_foreign_error_is_told_by_type_place_and_cause_without_its_message(
    stream: io.StringIO,
) -> None:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        logs.get_logger().exception("broke")
    (line,) = lines(stream)
    assert (line["error_type"], line["error_causes"]) == ("RuntimeError", "ValueError")
    assert SECRET not in stream.getvalue()


def test_a_library_s_log_line_is_its_template_without_arguments(stream: io.StringIO) -> None:
    logging.getLogger("aio_pika").warning("cannot connect to %r\nsecond line", SECRET)
    (line,) = lines(stream)
    assert (line["event"], line["logger"]) == ("cannot connect to %r", "aio_pika")
    assert SECRET not in stream.getvalue()


def test_a_library_s_traceback_is_reduced_like_any_error(stream: io.StringIO) -> None:
    error = raised(ValueError(SECRET))
    logging.getLogger("asyncio").error("never retrieved\n%s", SECRET, exc_info=error)
    assert lines(stream)[0]["error_type"] == "ValueError"
    assert SECRET not in stream.getvalue()


def test_a_library_s_chatter_is_not_written(stream: io.StringIO) -> None:
    logging.getLogger("aiormq").info("chatter")
    assert stream.getvalue() == ""


def test_each_registry_is_its_own() -> None:
    first, second = new_registry(), new_registry()
    for registry in (first, second):
        Counter("orders_total", "Orders", registry=registry).inc()
    assert first.get_sample_value("orders_total") == 1
    assert REGISTRY.get_sample_value("orders_total") is None


def test_a_process_that_configured_nothing_still_masks(capsys: pytest.CaptureFixture[str]) -> None:
    logs.get_logger().error("broke", token=SECRET, exc_info=raised(ValueError(SECRET)))
    written = capsys.readouterr()
    assert json.loads(written.err)["token"] == logs.MASK
    assert SECRET not in written.err + written.out
