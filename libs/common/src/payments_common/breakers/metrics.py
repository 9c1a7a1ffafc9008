"""How each breaker of this process stands, read anew at every scrape."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from payments_common.breakers.entry import Entry
from payments_common.breakers.guard import Guard
from payments_common.breakers.told import NUMBERS, shown

LABELS = ["account", "kind"]


def tell_breakers(
    registry: CollectorRegistry, guards: Iterable[Guard], *, now: Callable[[], datetime]
) -> None:
    """`now` is the board's time."""
    registry.register(_BreakerCollector(tuple(guards), now))


class _BreakerCollector(Collector):
    def __init__(self, guards: tuple[Guard, ...], now: Callable[[], datetime]) -> None:
        self._guards = guards
        self._now = now

    def collect(self) -> Iterator[Metric]:
        yield self._gauge(
            "payments_breaker_state",
            "0 closed, 1 probing, 2 open, 3 stopped by hand",
            lambda entry: NUMBERS[shown(entry, self._now())],
        )
        yield self._gauge(
            "payments_breaker_since_timestamp_seconds",
            "When it closed or opened last",
            lambda entry: entry.since.timestamp(),
        )
        yield self._gauge(
            "payments_breaker_next_probe_timestamp_seconds",
            "When the gateway is asked next whether it is well; 0 where that is not due",
            lambda entry: entry.next_probe_at.timestamp() if entry.next_probe_at else 0,
        )
        yield self._opened()
        yield self._refused()

    def _gauge(self, name: str, help_: str, value: Callable[[Entry], float]) -> Metric:
        family = GaugeMetricFamily(name, help_, labels=LABELS)
        for guard in self._guards:
            for kind, breaker in guard.breakers.items():
                family.add_metric([guard.account, kind], value(breaker.entry))
        return family

    def _opened(self) -> Metric:
        family = CounterMetricFamily(
            "payments_breaker_opened", "How often this process found an outage", labels=LABELS
        )
        for guard in self._guards:
            for kind, breaker in guard.breakers.items():
                family.add_metric([guard.account, kind], breaker.openings)
        return family

    def _refused(self) -> Metric:
        family = CounterMetricFamily(
            "payments_breaker_refused",
            "Calls that were not sent: the breaker was open, or a rate was used up",
            labels=LABELS,
        )
        for guard in self._guards:
            for kind, count in guard.refused.items():
                family.add_metric([guard.account, kind], count)
        return family
