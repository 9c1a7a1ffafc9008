"""What an answer of MyFatoorah's means: facts, a decline, a refusal or nothing certain.

Its no comes in many shapes (gateways/myfatoorah.md section 7), and some of them with status 200:
an answer is a success only where the envelope says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from payments_common.errors import GatewayRefusal, OutcomeUnknown
from payments_common.gateways.myfatoorah.redaction import ERROR_LISTS, is_of_customer
from payments_common.gateways.port import Declined
from payments_common.gateways.reading import not_the_gateway
from payments_common.gateways.redaction import without_personal_data
from payments_common.gateways.transport import ASK_FIRST, Answer

NOT_FOUND = "not_found"
NOT_AUTHORIZED = "not_authorized"
PERMISSION_MISSING = "permission_missing"
UNKNOWN_ENDPOINT = "unknown_endpoint"
INVALID_KEY = "invalid_key"
EMPTY_ANSWER = "empty_answer"
REFUSED = "refused"
MOST_ERRORS = 5
LONGEST_CODE = 64
# The first that is found names the refusal; what it says of the request stands before all others.
_CODES = (
    (PERMISSION_MISSING, re.compile(r"required permission", re.IGNORECASE)),
    (
        NOT_AUTHORIZED,
        re.compile(
            r"token is not valid|not authorized to use api|authorization has been denied",
            re.IGNORECASE,
        ),
    ),
    (UNKNOWN_ENDPOINT, re.compile(r"no http resource was found", re.IGNORECASE)),
    ("already_under_processing", re.compile(r"already under processing", re.IGNORECASE)),
    ("insufficient_balance", re.compile(r"insufficient balance", re.IGNORECASE)),
    (
        NOT_FOUND,
        re.compile(
            r"\bno (data|invoices?|payments?|transactions?|refunds?|records?)\b|not found",
            re.IGNORECASE,
        ),
    ),
)
_OURS_TO_MEND = frozenset({NOT_AUTHORIZED, PERMISSION_MISSING, UNKNOWN_ENDPOINT})
_ENVELOPE = frozenset({"IsSuccess", "Message", "MessageDetail", "Data", *ERROR_LISTS})
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_CODE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Refused:
    """MyFatoorah's no; `explicit` where its envelope says so itself."""

    code: str
    words: str
    explicit: bool


def accepted(answer: Answer, operation: str, *, moves_money: bool = False) -> Answer:
    """The answer itself where it is a success.

    Raises GatewayRefusal where MyFatoorah found our request wrong, OutcomeUnknown where nothing
    is certain, as after an empty answer to what moves money.
    """
    if _is_success(answer):
        return answer
    no = refusal_in(answer)
    if no is not None:
        raise GatewayRefusal(
            f"MyFatoorah refuses {operation}: {answer.status} {no.words}".rstrip(),
            status=answer.status,
            code=no.code,
            is_of_access=no.code in _OURS_TO_MEND,
        )
    if answer.body is None and (answer.status < 300 or answer.status in {400, 401}):
        raise _empty(answer, operation, moves_money=moves_money)
    if answer.status < 300:
        raise OutcomeUnknown(
            f"{operation} was answered {answer.status} without saying whether it is a success; "
            f"{ASK_FIRST}"
        )
    raise not_the_gateway("MyFatoorah", answer, operation)


def decline_in(answer: Answer) -> Declined | None:
    """MyFatoorah's no to a capture, release or refund; None for any other answer."""
    no = None if _is_success(answer) else refusal_in(answer)
    if no is None or not no.explicit or no.code in _OURS_TO_MEND:
        return None
    return Declined(code=no.code, message=no.words)


def refusal_in(answer: Answer) -> Refused | None:
    """The no in an answer of whichever shape; None where it has none that can be read."""
    body = answer.body
    if isinstance(body, str):
        code = _code_of(body)
        known = answer.status >= 400 or code in _OURS_TO_MEND
        return Refused(code or REFUSED, _shown(body), explicit=False) if known else None
    if not isinstance(body, Mapping) or _says(body, "true") or _ENVELOPE.isdisjoint(body):
        return None
    explicit = _says(body, "false")
    words = "; ".join(_errors(body)) or _first_text(body, "Message", "MessageDetail")
    code = _code_of(_everything(body)) or _code_of_names(body)
    if explicit or answer.status >= 400 or code in _OURS_TO_MEND:
        return Refused(code or REFUSED, words or "without a word", explicit=explicit)
    return None


def _is_success(answer: Answer) -> bool:
    """Lists of names come without an envelope (section 1)."""
    if answer.status >= 300:
        return False
    return isinstance(answer.body, list) or (
        isinstance(answer.body, Mapping) and _says(answer.body, "true")
    )


def _says(body: Mapping[str, Any], word: str) -> bool:
    """`IsSuccess` is a boolean in every sample, and a string by the documentation's type."""
    return str(body.get("IsSuccess")).lower() == word


def _empty(answer: Answer, operation: str, *, moves_money: bool) -> Exception:
    if moves_money:
        return OutcomeUnknown(
            f"{operation} was answered {answer.status} with nothing; the API key may be wrong. "
            f"Nothing is certain: {ASK_FIRST}"
        )
    return GatewayRefusal(
        f"MyFatoorah answered {operation} with {answer.status} and nothing to read: the API key "
        "is malformed or of another country than options.country",
        status=answer.status,
        code=EMPTY_ANSWER,
        is_of_access=True,
    )


def _errors(body: Mapping[str, Any]) -> Iterator[str]:
    """Each as "name: text", of which either may be missing."""
    for error in _error_list(body)[:MOST_ERRORS]:
        name, text = _text(error.get("Name")), _text(error.get("Error"))
        said = (name,) if is_of_customer(name) else (name, text)
        yield _shown(": ".join(filter(None, said)))
    data = body.get("Data")
    if isinstance(data, Mapping) and _text(data.get("ErrorMessage")):
        yield _shown(_text(data.get("ErrorMessage")))


def _error_list(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    for name in ERROR_LISTS:
        errors = body.get(name)
        if isinstance(errors, list) and errors:
            return [each for each in errors if isinstance(each, Mapping)]
    return []


def _everything(body: Mapping[str, Any]) -> str:
    texts = [_text(each.get("Error")) for each in _error_list(body)]
    data = body.get("Data")
    texts += [_text(data.get("ErrorMessage"))] if isinstance(data, Mapping) else []
    return " ".join([*texts, _text(body.get("Message")), _text(body.get("MessageDetail"))])


def _code_of(text: str) -> str | None:
    return next((code for code, pattern in _CODES if pattern.search(text)), None)


def _code_of_names(body: Mapping[str, Any]) -> str | None:
    """`invoiceCreate.InvoiceItems` is `invalid_invoice_items`: sometimes only a name tells."""
    names = [_text(each.get("Name")).rpartition(".")[2] for each in _error_list(body)]
    name = _WORD_START.sub("_", next(filter(None, names), "")).lower()
    found = _NO_CODE.sub("_", name).strip("_")
    return f"invalid_{found}"[:LONGEST_CODE] if found else None


def _first_text(body: Mapping[str, Any], *names: str) -> str:
    return next((_shown(text) for name in names if (text := _text(body.get(name)))), "")


def _shown(text: str) -> str:
    return without_personal_data(text)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
