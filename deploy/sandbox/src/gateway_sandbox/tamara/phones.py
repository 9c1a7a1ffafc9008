"""Countries and the forms of their phone numbers, gateways/tamara.md sections 2.2 and 8."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """Where Tamara sells; local numbers start with one of the digits given, if any."""

    currency: str
    calling_code: str
    local_length: int
    first_digits: str = ""


COUNTRIES = {
    "SA": Country("SAR", "966", 9, "5"),
    "AE": Country("AED", "971", 9, "5"),
    "BH": Country("BHD", "973", 8),
    "KW": Country("KWD", "965", 8),
    "OM": Country("OMR", "968", 8),
}


def country_of(currency: str) -> str:
    """The country that pays in this currency."""
    return next(code for code, country in COUNTRIES.items() if country.currency == currency)


def normalised(phone_number: str, country_code: str) -> str | None:
    """Calling code and local number as digits, whichever form came in; None if it is in no form.

    All of 5xxxxxxxx, 05xxxxxxxx, 9665xxxxxxxx, +966 and 00966 are in use.
    """
    digits = re.sub(r"[^0-9]", "", phone_number)
    home = COUNTRIES[country_code]
    local = digits.removeprefix("0")
    if _is_local(local, home):
        return home.calling_code + local
    digits = digits.removeprefix("00")
    for country in COUNTRIES.values():
        rest = digits.removeprefix(country.calling_code).removeprefix("0")
        if digits.startswith(country.calling_code) and _is_local(rest, country):
            return country.calling_code + rest
    return None


def local_part(phone_number: str) -> str:
    """A normalised number without its calling code."""
    for country in COUNTRIES.values():
        if phone_number.startswith(country.calling_code):
            return phone_number.removeprefix(country.calling_code)
    return phone_number


def _is_local(digits: str, country: Country) -> bool:
    is_length = len(digits) == country.local_length
    return is_length and digits.startswith(tuple(country.first_digits) or "")
