"""How often somebody may ask, and who somebody is behind proxies."""

from ipaddress import ip_network

import pytest

from payment_orchestrator.entrypoints.status_api.rates import MOST_KEYS, Rates, peer_of
from support.clocks import ManualClock

PROXIES = [ip_network("10.0.0.0/8"), ip_network("fc00::/7")]


async def test_the_minute_that_is_full_refuses_until_it_ends() -> None:
    clock = ManualClock()
    rates = Rates(per_minute=2, clock=clock)
    await clock.advance(15)
    assert [rates.refused_for_seconds("a") for _ in range(3)] == [None, None, 45]
    assert rates.refused_for_seconds("b") is None
    await clock.advance(45)
    assert rates.refused_for_seconds("a") is None


def test_strangers_beyond_the_memory_share_one_count() -> None:
    rates = Rates(per_minute=1, clock=ManualClock())
    for number in range(MOST_KEYS):
        assert rates.refused_for_seconds(f"peer-{number}") is None
    assert rates.refused_for_seconds("one more") is None
    assert rates.refused_for_seconds("and another") == 60


@pytest.mark.parametrize(
    ("remote", "forwarded_for", "peer"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::/64"),
        ("fd00::1", ["2001:db8::ffff:2"], "2001:db8::/64"),
        ("10.0.0.1", [], ""),
        ("10.0.0.1", ["unknown"], ""),
        (None, ["198.51.100.1"], ""),
    ],
)
def test_a_peer_is_the_nearest_stranger_that_our_proxies_saw(
    remote: str | None, forwarded_for: list[str], peer: str
) -> None:
    assert peer_of(remote, forwarded_for, PROXIES) == peer
