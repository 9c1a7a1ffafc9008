"""MyFatoorah's countries: one key, one host and one base currency each (section 1)."""

from dataclasses import dataclass

TEST_HOST = "apitest.myfatoorah.com"
TEST_PORTAL_URL = "https://demo.myfatoorah.com"
TEST_CURRENCY = "KWD"
TEST_ZONE = "Asia/Kuwait"
OWN_DOMAIN = "myfatoorah.com"
_KUWAIT_HOST = "api.myfatoorah.com"
_KUWAIT_PORTAL_URL = "https://portal.myfatoorah.com"


@dataclass(frozen=True, slots=True)
class Country:
    """`zone` is that of the wall clock in its answers, `has_idempotency` of section 2.6."""

    iso3: str
    currency: str
    dialling_code: str
    api_host: str
    portal_url: str
    zone: str
    has_idempotency: bool = False


COUNTRIES = {
    country.iso3: country
    for country in (
        Country(
            "KWT",
            "KWD",
            "965",
            _KUWAIT_HOST,
            _KUWAIT_PORTAL_URL,
            "Asia/Kuwait",
            has_idempotency=True,
        ),
        Country("BHR", "BHD", "973", _KUWAIT_HOST, _KUWAIT_PORTAL_URL, "Asia/Kuwait"),
        Country("OMN", "OMR", "968", _KUWAIT_HOST, _KUWAIT_PORTAL_URL, "Asia/Kuwait"),
        Country("JOR", "JOD", "962", _KUWAIT_HOST, _KUWAIT_PORTAL_URL, "Asia/Kuwait"),
        Country(
            "ARE",
            "AED",
            "971",
            "api-ae.myfatoorah.com",
            "https://ae.myfatoorah.com",
            "Asia/Dubai",
        ),
        Country(
            "SAU",
            "SAR",
            "966",
            "api-sa.myfatoorah.com",
            "https://sa.myfatoorah.com",
            "Asia/Riyadh",
            has_idempotency=True,
        ),
        Country(
            "QAT",
            "QAR",
            "974",
            "api-qa.myfatoorah.com",
            "https://qa.myfatoorah.com",
            "Asia/Qatar",
        ),
        Country(
            "EGY",
            "EGP",
            "20",
            "api-eg.myfatoorah.com",
            "https://eg.myfatoorah.com",
            "Africa/Cairo",
        ),
    )
}
CURRENCIES = frozenset(country.currency for country in COUNTRIES.values())
