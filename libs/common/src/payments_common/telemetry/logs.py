"""Logs as JSON lines, with one processor chain as the only place of redaction.

A field is written when it is named in FIELDS (or added by the service) and holds a plain value.
Everything else is masked, so that a secret can only get into a log by being put on a list.
Messages of foreign errors and arguments of foreign log lines are not written: they repeat input.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from payments_common.errors import PaymentsError

FIELDS = frozenset(
    {
        *("account", "attempt", "attempts", "body_bytes", "breaker", "code", "command_id"),
        *("count", "currency", "delivery_id", "duration_seconds", "error_at", "error_causes"),
        *("error_code", "error_message", "error_type", "event", "event_key", "exchange", "gateway"),
        *("kind", "level", "logger", "message_id", "message_type", "method", "operation_id"),
        *("order_id", "order_reference", "outcome", "path_template", "payment_id", "port"),
        *("queue", "request_id", "retry_after_seconds", "routing_key", "secret_id", "sequence"),
        *("service", "signal", "size", "status", "time", "timeout_seconds", "verdict", "version"),
    }
)
OURS = "payments_common."
MASK = "[redacted]"
LONGEST_TEXT = 500
LONGEST_FOREIGN_TEXT = 200
MOST_FRAMES = 6
MOST_CAUSES = 4

# JSON escapes these, but whoever reads a line decodes it: controls (0x9b starts an escape in a
# terminal), line ends of Unicode, and characters that turn the direction of text.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure(
    service: str, *, stream: TextIO, level: str = "info", fields: Iterable[str] = ()
) -> None:
    """Sends every log line of this process to `stream`; called once, by a `__main__`."""
    structlog.configure(
        processors=_chain(service, FIELDS.union(fields)),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[ForeignLogs()], force=True)


def get_logger() -> FilteringBoundLogger:
    """The process's logger; before `configure` it redacts as well, and writes to stderr."""
    logger: FilteringBoundLogger
    if structlog.is_configured():
        logger = structlog.get_logger()
    else:
        logger = structlog.wrap_logger(
            structlog.WriteLogger(sys.stderr),
            processors=_chain("unconfigured", FIELDS),
            wrapper_class=structlog.make_filtering_bound_logger("info"),
        )
    return logger


def _chain(service: str, fields: frozenset[str]) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _Service(service),
        describe_error,
        AllowList(fields),
        structlog.processors.JSONRenderer(serializer=json.dumps, sort_keys=True),
    ]


class AllowList:
    """Masks what is not listed or not plain, and makes plain values fit for one line."""

    def __init__(self, fields: frozenset[str]) -> None:
        self._fields = fields

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {
            _one_line(key): _plain(value) if key in self._fields else MASK
            for key, value in event.items()
        }


class ForeignLogs(logging.Handler):
    """Takes the lines of libraries: the template's first line without the arguments.

    Our own library's lines are written whole: they name queues and our own errors only.
    """

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage() if record.name.startswith(OURS) else str(record.msg)
        template = said.split("\n", 1)[0][:LONGEST_FOREIGN_TEXT]
        get_logger().log(
            record.levelno,
            template,
            logger=record.name,
            exc_info=record.exc_info,
        )


def describe_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Says of an exception what it is and where, and its message only if it is one of ours."""
    error = _error_of(event.pop("exc_info", None))
    if error is None:
        return event
    event["error_type"] = type(error).__name__
    event["error_at"] = _places(error.__traceback__)
    event["error_causes"] = _causes(error)
    if isinstance(error, PaymentsError):
        event["error_code"] = error.code
        event["error_message"] = str(error)
    return event


class _Service:
    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = self._name
        return event


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _one_line(value) if isinstance(value, str) else MASK


def _one_line(text: str) -> str:
    return _CONTROL.sub(lambda found: f"<{ord(found[0]):02x}>", text[:LONGEST_TEXT])


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _places(traceback: TracebackType | None) -> str:
    places = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = "/".join(code.co_filename.split("/")[-2:])
        places.append(f"{file}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return " > ".join(places[-MOST_FRAMES:])


def _causes(error: BaseException) -> str:
    names: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(names) < MOST_CAUSES:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return " < ".join(names)
