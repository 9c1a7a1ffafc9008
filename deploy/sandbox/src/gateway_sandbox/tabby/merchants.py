"""Merchants and who may call what, gateways/tabby.md section 1."""

import re
from dataclasses import dataclass

from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.tabby import errors
from gateway_sandbox.tabby.errors import no_permission, not_authorized

KEY_PATTERN = re.compile(
    r"(sk|pk)_(test_)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
CURRENCIES = frozenset({"AED", "SAR", "KWD"})


@dataclass(frozen=True, slots=True)
class Merchant:
    """One pair of keys and the stores that it covers: merchant code to currency."""

    secret_key: str
    public_key: str
    currencies: tuple[tuple[str, str], ...]

    @property
    def merchant_id(self) -> str:
        """What tells merchants apart; the public half, so that it may be shown."""
        return self.public_key

    @property
    def is_test(self) -> bool:
        """Test or live is decided by the key alone."""
        return self.secret_key.startswith("sk_test_")

    def currency_of(self, merchant_code: str) -> str | None:
        """The store's currency, None for a code this merchant does not have."""
        return dict(self.currencies).get(merchant_code)


DEFAULT_MERCHANT = Merchant(
    secret_key="sk_test_00000000-0000-4000-8000-000000000001",  # noqa: S106 - the sandbox's own
    public_key="pk_test_00000000-0000-4000-8000-000000000001",
    currencies=(("AE", "AED"), ("SA", "SAR"), ("KW", "KWD")),
)


class MerchantBook:
    """Known merchants by either of their keys."""

    def __init__(self) -> None:
        self._by_key: dict[str, Merchant] = {}
        self.reset()

    def add(self, merchant: Merchant) -> None:
        """Add or replace the merchant with these keys."""
        self._by_key[merchant.secret_key] = merchant
        self._by_key[merchant.public_key] = merchant

    def all(self) -> list[Merchant]:
        """All merchants once."""
        return [merchant for key, merchant in self._by_key.items() if key == merchant.secret_key]

    def reset(self) -> None:
        """Only the default merchant."""
        self._by_key.clear()
        self.add(DEFAULT_MERCHANT)

    def authenticate(
        self, authorization: str | None, *, accepts_public: bool, is_write: bool
    ) -> Merchant:
        """The merchant of a Bearer key; raises TabbyError 401 or 403."""
        if not authorization:
            raise not_authorized()
        scheme, _, key = authorization.partition(" ")
        if scheme != "Bearer":
            raise not_authorized(errors.MISSING_BEARER)
        if KEY_PATTERN.fullmatch(key) is None:
            raise not_authorized(errors.INVALID_SECRET_KEY)
        merchant = self._by_key.get(key)
        if merchant is None:
            raise not_authorized(errors.UNKNOWN_KEY)
        if key == merchant.public_key and not accepts_public:
            # Section 7 lists 403 for writes only.
            raise no_permission() if is_write else not_authorized(errors.INVALID_SECRET_KEY)
        return merchant


def parse_merchant(document: dict[str, object]) -> Merchant:
    """A merchant from JSON; raises InvalidControlRequestError that says what is wrong."""
    secret, public = str(document.get("secret_key")), str(document.get("public_key"))
    if not (KEY_PATTERN.fullmatch(secret) and secret.startswith("sk_")):
        raise InvalidControlRequestError("secret_key must be sk_test_ and a lower-case UUID")
    if not (KEY_PATTERN.fullmatch(public) and public.startswith("pk_")):
        raise InvalidControlRequestError("public_key must be pk_test_ and a lower-case UUID")
    if ("_test_" in secret) != ("_test_" in public):
        raise InvalidControlRequestError("both keys must be of the same environment")
    codes = document.get("merchant_codes")
    if not isinstance(codes, dict) or not codes or not CURRENCIES.issuperset(codes.values()):
        raise InvalidControlRequestError(
            f"merchant_codes must map codes to {sorted(CURRENCIES)}, got {codes!r}"
        )
    return Merchant(secret, public, tuple((str(code), codes[code]) for code in codes))
