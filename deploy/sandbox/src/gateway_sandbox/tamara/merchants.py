"""Merchants and their three credentials, gateways/tamara.md section 1."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.tamara.errors import MERCHANT_NOT_FOUND, TamaraError, not_found

Environment = Literal["sandbox", "production"]
_NAMES = ("merchant_id", "api_token", "notification_token", "public_key", "environment")


@dataclass(frozen=True, slots=True)
class Merchant:
    """One merchant; a token of production is of no use here."""

    merchant_id: str
    api_token: str
    notification_token: str
    public_key: str
    environment: Environment = "sandbox"


DEFAULT_MERCHANT = Merchant(
    merchant_id="0b0e5a1c-6f1d-4c55-9a4e-000000000001",
    api_token="tamara-sandbox-api-token-1",  # noqa: S106 - the sandbox's own
    notification_token="11111111-2222-4333-8444-555555555555",  # noqa: S106 - the sandbox's own
    public_key="22222222-3333-4444-8555-666666666666",
)


class MerchantBook:
    """Known merchants by their API token."""

    def __init__(self) -> None:
        self._by_token: dict[str, Merchant] = {}
        self.reset()

    def put(self, document: dict[str, Any]) -> None:
        """Add a merchant, or change the one of that api_token or merchant_id.

        What the document leaves out stays; raises InvalidControlRequestError.
        """
        _check(document)
        known = self._known(document)
        merchant = _new(document) if known is None else replace(known, **document)
        if known is not None:
            del self._by_token[known.api_token]
        self._by_token[merchant.api_token] = merchant

    def all(self) -> list[Merchant]:
        """All merchants."""
        return list(self._by_token.values())

    def of_id(self, merchant_id: str) -> Merchant:
        """The merchant as it is now; its tokens may have changed since an order was made."""
        return next(item for item in self.all() if item.merchant_id == merchant_id)

    def reset(self) -> None:
        """Only the default merchant."""
        self._by_token = {DEFAULT_MERCHANT.api_token: DEFAULT_MERCHANT}

    def authenticate(self, authorization: str | None, bad_token_status: int) -> Merchant:
        """The merchant of a Bearer token; raises TamaraError 401 or 403, or 404."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        merchant = self._by_token.get(token.strip())
        if scheme.lower() != "bearer" or merchant is None:
            raise TamaraError(bad_token_status, "Invalid credentials")
        if merchant.environment != "sandbox":
            raise not_found(MERCHANT_NOT_FOUND)
        return merchant

    def _known(self, document: dict[str, Any]) -> Merchant | None:
        for merchant in self.all():
            if merchant.merchant_id == document.get("merchant_id"):
                return merchant
        return self._by_token.get(document.get("api_token", ""))


def _new(document: dict[str, Any]) -> Merchant:
    token = document.get("api_token")
    if token is None:
        raise InvalidControlRequestError("a new merchant needs an api_token")
    defaults = {
        "merchant_id": str(uuid5(NAMESPACE_URL, f"tamara-merchant:{token}")),
        "notification_token": str(uuid5(NAMESPACE_URL, f"tamara-notification:{token}")),
        "public_key": str(uuid5(NAMESPACE_URL, f"tamara-public:{token}")),
    }
    return Merchant(**{**defaults, **document})


def _check(document: dict[str, Any]) -> None:
    unknown = sorted(set(document) - set(_NAMES))
    if unknown:
        raise InvalidControlRequestError(f"unknown members {unknown}; known are {_NAMES}")
    for name, value in document.items():
        if not isinstance(value, str) or not value.strip() or value != value.strip():
            raise InvalidControlRequestError(f"{name} must be text, got {value!r}")
    if document.get("environment", "sandbox") not in ("sandbox", "production"):
        raise InvalidControlRequestError("environment must be sandbox or production")
