"""A phone number as MyFatoorah wants it: its country's code, and at most 11 digits apart."""

import re
from typing import NamedTuple

_INTERNATIONAL = re.compile(r"(?:\+|00)(\d{7,15})", re.ASCII)
_PLAIN = re.compile(r"\d{10,15}", re.ASCII)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 11
# No country's code begins another's (ITU E.164): some have one or two digits, all others three.
_COUNTRY_CODE = re.compile(
    r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3}", re.ASCII
)


class Phone(NamedTuple):
    country_code: str
    number: str


def split_phone(text: str, *, home_code: str) -> Phone | None:
    """None where it cannot be told which digits are the country's.

    A number without + is only taken for an international one of the account's own country.
    """
    found = _INTERNATIONAL.fullmatch(text)
    if found:
        code = _COUNTRY_CODE.match(found[1])
        return _phone(code[0], found[1].removeprefix(code[0])) if code else None
    if _PLAIN.fullmatch(text) and text.startswith(home_code):
        return _phone(home_code, text.removeprefix(home_code))
    return None


def _phone(code: str, number: str) -> Phone | None:
    fits = _FEWEST_DIGITS <= len(number) <= _MOST_DIGITS
    return Phone(f"+{code}", number) if fits else None
