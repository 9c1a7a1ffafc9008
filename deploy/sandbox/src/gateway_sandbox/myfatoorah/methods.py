"""Payment methods of an account, gateways/myfatoorah.md section 2.1."""

from dataclasses import dataclass

# So that PaymentURL has a paymentGatewayId which is not the PaymentMethodId.
_GATEWAY_ID_OFFSET = 2160


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """One way to pay; ids vary by account at the real one, so callers choose by code.

    `has_card` is whether MyFatoorah shows anything of the card: it does not for KNET.
    """

    method_id: int
    code: str
    name_en: str
    name_ar: str
    is_embedded: bool
    countries: frozenset[str] | None = None
    has_card: bool = True

    @property
    def gateway_id(self) -> int:
        """What PaymentURL names it by."""
        return self.method_id + _GATEWAY_ID_OFFSET


KNET = PaymentMethod(
    1, "kn", "KNET", "كي نت", is_embedded=False, countries=frozenset({"KWT"}), has_card=False
)
CARDS = PaymentMethod(2, "vm", "VISA/MASTER", "فيزا / ماستر", is_embedded=True)
_ALL = (
    KNET,
    CARDS,
    PaymentMethod(3, "ae", "AMEX", "أميكس", is_embedded=False),
    PaymentMethod(5, "b", "Benefit", "بنفت", is_embedded=False, countries=frozenset({"BHR"})),
    PaymentMethod(6, "md", "MADA", "مدى", is_embedded=True, countries=frozenset({"SAU"})),
    PaymentMethod(7, "np", "QPay", "كيو باي", is_embedded=False, countries=frozenset({"QAT"})),
    PaymentMethod(
        8,
        "uaecc",
        "UAE Debit Cards",
        "بطاقات الخصم الإماراتية",
        is_embedded=False,
        countries=frozenset({"ARE"}),
    ),
    PaymentMethod(11, "ap", "Apple Pay", "أبل باي", is_embedded=True),
    PaymentMethod(
        14,
        "stc",
        "STC Pay",
        "إس تي سي باي",
        is_embedded=True,
        countries=frozenset({"SAU"}),
        has_card=False,
    ),
    PaymentMethod(32, "gp", "Google Pay", "جوجل باي", is_embedded=True),
)


def method_of(country: str, method_id: int) -> PaymentMethod:
    """One of them by its id, which must be one of that country."""
    return next(item for item in methods_of(country) if item.method_id == method_id)


def methods_of(country: str) -> tuple[PaymentMethod, ...]:
    """What an account of that country offers."""
    return tuple(item for item in _ALL if item.countries is None or country in item.countries)
