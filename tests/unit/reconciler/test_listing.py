"""The process's side of listing: its metrics, and that no failure ends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry

from payments_common.errors import OutcomeUnknown
from reconciler.adapters.listing_metrics import ListingMetrics
from reconciler.adapters.memory import MemoryScoutNotes
from reconciler.domain.discrepancy import Kind
from reconciler.entrypoints.lister import SAMPLE_SECONDS, listing
from reconciler.handlers.list_in_turn import FIRST_REST_SECONDS, Lister
from support.clocks import START, ManualClock
from support.listed import ACCOUNT, Comparing, ListingGateway, seen
from support.world import tabby_account


class Watched:
    """One lister on a clock that the test moves, and what Prometheus reads."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        stranger = seen(reference="ELSE-1")
        self.comparing = Comparing(ListingGateway({stranger.payment_id: stranger}))
        self.comparing.clock = self.clock
        self.registry = CollectorRegistry()
        self.metrics = ListingMetrics(self.registry)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        account = tabby_account("http://gateway.example.com")
        tools, of = self.comparing.tools, self.comparing.of
        lister = Lister(account, of, tools, MemoryScoutNotes(), "one")
        async with listing({ACCOUNT: lister}, metrics=self.metrics, clock=self.clock):
            yield

    def metric(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"payments_{name}", {"account": ACCOUNT, **labels})


async def test_the_metrics_tell_what_is_open_and_up_to_when_all_was_compared() -> None:
    watched = Watched()
    async with watched.running():
        await watched.clock.advance(2 * SAMPLE_SECONDS)
    opened = {kind: watched.metric("discrepancies_open", kind=kind) for kind in Kind}
    assert opened == {kind: float(kind is Kind.NOT_OURS) for kind in Kind}
    assert watched.metric("list_watermark_timestamp_seconds") == START.timestamp()


async def test_a_gateway_that_fails_is_listed_again_later() -> None:
    watched = Watched()
    watched.comparing.gateway.refuses = OutcomeUnknown("slow")
    async with watched.running():
        await watched.clock.advance(1)
        watched.comparing.gateway.refuses = None
        await watched.clock.advance(2 * FIRST_REST_SECONDS)
    assert watched.comparing.kept == [("not_ours", "open", 1)]


async def test_an_account_that_never_was_compared_has_a_watermark_to_alert_on() -> None:
    watched = Watched()
    watched.metrics.begin([ACCOUNT])
    assert watched.metric("listed_total") == 0
    assert (watched.metric("list_watermark_timestamp_seconds") or 0) > 0


async def test_it_ends_when_it_is_told_to() -> None:
    watched = Watched()
    async with watched.running():
        await watched.clock.advance(1)
    assert asyncio.all_tasks() == {asyncio.current_task()}
