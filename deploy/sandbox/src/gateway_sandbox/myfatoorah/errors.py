"""MyFatoorah's refusals in all the shapes its callers meet, gateways/myfatoorah.md section 7.

MyFatoorahError says what is wrong; `refusal_body` writes it in the shape that is set. Texts under
"undocumented" are this sandbox's words: callers must not branch on any of them.
"""

from dataclasses import dataclass
from typing import Any, Literal

from gateway_sandbox.strict_body import dump

ErrorShape = Literal[
    "validation_errors",
    "fields_errors",
    "data_error_message",
    "empty_error",
    "routing",
    "html",
    "empty_body",
    "json_string",
]

INVALID_DATA = "Invalid data"
NO_MATCH = "No data match the provided values"
NOT_POSITIVE = "Invoice value must be more than 0"
INVALID_TOKEN = "The token is not valid or it is expired!"  # noqa: S105 - an error text
NOT_AUTHORIZED = "Exception: You are not Authorized to use API."
DENIED = "Authorization has been denied for this request."
NO_PERMISSION = "The token does not have the required permissions!"
UNDER_PROCESSING = "The transaction is already under processing!"
INSUFFICIENT_BALANCE = "Insufficient balance for vendor"
NO_TRANSACTION = "No transaction exist matching this Key!"
RELEASED = "Transaction Released"
CANCELED_BY_PAYER = "Transaction canceled!"

# Undocumented.
NOT_HELD = "The invoice has no authorized transaction"
SETTLED = "The invoice is already captured or released"
OVER_CAPTURE = "Amount must be less than or equal to the invoice value"
PARTIAL_RELEASE = "Amount must be equal to the invoice value"
FEATURE_OFF = "The feature is not enabled for this account"
USED_SESSION = "The session is not valid or it is used already"
TOO_MANY_REQUESTS = "Too many requests"

BLOCKED_PAGE = """<html>
<head><title>403 Forbidden</title></head>
<body>
<center><h1>403 Forbidden</h1></center>
<hr><center>Microsoft-Azure-Application-Gateway/v2</center>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One line of ValidationErrors; an empty text is a real one, see section 7 no. 4."""

    name: str
    text: str


class MyFatoorahError(Exception):
    """A refusal; `fields` None means that only the message says something."""

    def __init__(
        self, message: str, fields: tuple[FieldError, ...] | None = None, *, status: int = 400
    ) -> None:
        words = ", ".join(f"{field.name}: {field.text}" for field in fields or ())
        super().__init__(words or message)
        self.message = message
        self.fields = fields
        self.status = status


class BareError(MyFatoorahError):
    """ASP.NET's own answer: a Message and no envelope."""


class EmptyBodyError(MyFatoorahError):
    """Status and nothing else, as for a malformed key."""


def invalid(name: str, text: str) -> MyFatoorahError:
    """400: one member is wrong, or the payment's state does not allow it."""
    return MyFatoorahError(INVALID_DATA, (FieldError(name, text),))


def no_match() -> MyFatoorahError:
    """400: nothing of that key for this merchant."""
    return MyFatoorahError(NO_MATCH)


def routing_document(url: str) -> dict[str, Any]:
    """What ASP.NET says about a path that it does not know."""
    return {
        "Message": f"No HTTP resource was found that matches the request URI '{url}'.",
        "MessageDetail": f"No route providing a controller name was found to match request URI "
        f"'{url}'",
    }


def refusal_body(error: MyFatoorahError, shape: ErrorShape, url: str) -> bytes:
    """The refusal's bytes; HTML for the shape "html", else JSON or nothing."""
    match shape:
        case "routing":
            return dump(routing_document(url))
        case "html":
            return BLOCKED_PAGE.encode()
        case "empty_body":
            return b""
        case "json_string":
            return dump(str(error))
        case _:
            return dump(_envelope(error, shape))


def _envelope(error: MyFatoorahError, shape: ErrorShape) -> dict[str, Any]:
    fields = None if error.fields is None else [_written(field) for field in error.fields]
    document: dict[str, Any] = {
        "IsSuccess": False,
        "Message": error.message,
        "ValidationErrors": fields,
        "Data": None,
    }
    if shape == "fields_errors":
        document["FieldsErrors"] = document.pop("ValidationErrors")
    elif shape == "data_error_message":
        document |= {"ValidationErrors": None, "Data": {"ErrorMessage": str(error)}}
    elif shape == "empty_error" and fields:
        document["ValidationErrors"] = [field | {"Error": ""} for field in fields]
    return document


def _written(field: FieldError) -> dict[str, str]:
    return {"Name": field.name, "Error": field.text}
