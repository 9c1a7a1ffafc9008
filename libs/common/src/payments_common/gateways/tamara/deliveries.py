"""Where a delivery may carry its token, and what of it may be kept.

Tamara puts the same token in a header and in the query, and either may be displaced: by a proxy's
own Authorization, or by a URL that is joined wrongly (gateways/tamara.md sections 5.2 and 5.4).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

from payments_common.gateways.port import WebhookDelivery
from payments_common.gateways.tamara.tokens import kept

MOST_TOKENS = 8
IN_HEADER = "tamara-token-of-header"
IN_QUERY = "tamara-token-of-query"
MASK = "***"
_BEARER = re.compile(r"[ \t]*bearer[ \t]+([^ \t]+)[ \t]*", re.IGNORECASE)
_PARAMETER = re.compile(r"(?:^|[?&;#])tamaraToken=([^?&;#]*)", re.IGNORECASE)
_NAMED = re.compile(r"(tamaraToken(?:=|%3D))[^?&;#]*", re.IGNORECASE)
# Whatever else has the form of a token, such as one that was encoded together with its name.
_SHAPED = re.compile(r"(?<![\w-])[\w-]{4,}(?:\.|%2E)[\w-]{4,}(?:\.|%2E)[\w-]{16,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be a token; `place` is the name under which it is kept."""

    place: str
    text: str = field(repr=False)


def candidates(delivery: WebhookDelivery) -> list[Candidate]:
    """From every place where a token may be, at most MOST_TOKENS."""
    return list(islice(_presented(delivery), MOST_TOKENS))


def kept_candidates(delivery: WebhookDelivery) -> list[Candidate]:
    """The same of a delivery whose headers were kept with `kept_headers`."""
    found = (
        Candidate(place, value)
        for place in (IN_HEADER, IN_QUERY)
        for value in delivery.header_values(place)
    )
    return list(islice(found, MOST_TOKENS))


def kept_headers(delivery: WebhookDelivery) -> list[tuple[str, str]]:
    return [(each.place, kept(each.text)) for each in candidates(delivery)]


def without_tokens(query: str) -> str:
    return _SHAPED.sub(MASK, _NAMED.sub(rf"\g<1>{MASK}", query))


def _presented(delivery: WebhookDelivery) -> Iterator[Candidate]:
    for value in delivery.header_values("authorization"):
        # A server may have made one header of two.
        for part in value.split(","):
            if bearer := _BEARER.fullmatch(part):
                yield Candidate(IN_HEADER, bearer[1])
    for parameter in _PARAMETER.finditer(delivery.query):
        yield Candidate(IN_QUERY, unquote(parameter[1]))
