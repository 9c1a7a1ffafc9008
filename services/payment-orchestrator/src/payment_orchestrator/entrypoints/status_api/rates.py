"""How often one order or one peer may ask in a minute, and who a peer is."""

from collections import Counter
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from payments_common.clock import Clock

WINDOW_SECONDS = 60.0
MOST_KEYS = 100_000
SAME_HOST_BITS = 64
Network = IPv4Network | IPv6Network


class Rates:
    """Counts anew every minute. Beyond MOST_KEYS strangers share one count, and memory ends."""

    def __init__(self, *, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._window = 0
        self._counts: Counter[str] = Counter()

    def refused_for_seconds(self, key: str) -> float | None:
        """Counts a request; None lets it pass."""
        now = self._clock.monotonic_seconds()
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window = window
            self._counts.clear()
        if key not in self._counts and len(self._counts) >= MOST_KEYS:
            key = ""
        self._counts[key] += 1
        if self._counts[key] <= self._per_minute:
            return None
        return (window + 1) * WINDOW_SECONDS - now


def _counted(address: IPv4Address | IPv6Address) -> str:
    """One customer has 2^64 addresses of IPv6: they count as one."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, SAME_HOST_BITS), strict=False))


def peer_of(remote: str | None, forwarded_for: Sequence[str], proxies: Sequence[Network]) -> str:
    """Who asks, as far as the nearest stranger on the way says; "" when only our own are known.

    What a stranger claims in X-Forwarded-For counts for nothing: only proxies are believed.
    """
    hops = [hop.strip() for line in forwarded_for for hop in line.split(",")]
    for hop in [remote or "", *reversed(hops)]:
        try:
            address = ip_address(hop)
        except ValueError:
            return ""
        if not any(address in network for network in proxies):
            return _counted(address)
    return ""
