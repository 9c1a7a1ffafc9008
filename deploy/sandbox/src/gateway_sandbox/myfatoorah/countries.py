"""Where MyFatoorah works: one account, one key and one base currency per country (section 1)."""

from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Country:
    """One country of section 1; `api_host` and `portal` are the live ones."""

    code: str
    currency: str
    dial_code: str
    zone_name: str
    api_host: str
    portal: str
    name_en: str
    name_ar: str

    @property
    def zone(self) -> tzinfo:
        """The zone whose wall clock MyFatoorah writes without saying so."""
        return ZoneInfo(self.zone_name)


_API = "https://api.myfatoorah.com"
_PORTAL = "https://portal.myfatoorah.com"
_ALL = (
    Country("KWT", "KWD", "+965", "Asia/Kuwait", _API, _PORTAL, "Kuwait", "الكويت"),
    Country(
        "SAU",
        "SAR",
        "+966",
        "Asia/Riyadh",
        "https://api-sa.myfatoorah.com",
        "https://sa.myfatoorah.com",
        "Saudi Arabia",
        "السعودية",
    ),
    Country(
        "ARE",
        "AED",
        "+971",
        "Asia/Dubai",
        "https://api-ae.myfatoorah.com",
        "https://ae.myfatoorah.com",
        "United Arab Emirates",
        "الإمارات",
    ),
    Country(
        "QAT",
        "QAR",
        "+974",
        "Asia/Qatar",
        "https://api-qa.myfatoorah.com",
        "https://qa.myfatoorah.com",
        "Qatar",
        "قطر",
    ),
    Country("BHR", "BHD", "+973", "Asia/Kuwait", _API, _PORTAL, "Bahrain", "البحرين"),
    Country("OMN", "OMR", "+968", "Asia/Kuwait", _API, _PORTAL, "Oman", "عمان"),
    Country("JOR", "JOD", "+962", "Asia/Kuwait", _API, _PORTAL, "Jordan", "الأردن"),
    Country(
        "EGY",
        "EGP",
        "+20",
        "Africa/Cairo",
        "https://api-eg.myfatoorah.com",
        "https://eg.myfatoorah.com",
        "Egypt",
        "مصر",
    ),
)
COUNTRIES = {country.code: country for country in _ALL}
CURRENCIES = frozenset(country.currency for country in _ALL)
# Section 2.6: so far only there.
IDEMPOTENT_COUNTRIES = frozenset({"KWT", "SAU"})
# The documented test environment keeps Kuwait's time for every account (section 3.1).
TEST_ZONE_NAME = "Asia/Kuwait"
# What stands for a currency in transactions and display values (section 3.1).
SYMBOLS = {
    "KWD": "KD",
    "SAR": "SR",
    "BHD": "BD",
    "EGP": "LE",
    "QAR": "QR",
    "OMR": "OR",
    "JOD": "JD",
    "AED": "AED",
    "USD": "USD",
    "EUR": "EUR",
}
