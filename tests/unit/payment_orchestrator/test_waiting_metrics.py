"""What waits is told by metrics that outlive an outage of the database."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry

from payment_orchestrator.adapters.metrics import WaitingMetrics
from payment_orchestrator.domain.order import OperationState, Review
from payment_orchestrator.domain.waiting import OpenOperations, Waiting
from payment_orchestrator.entrypoints.sampler import SAMPLE_SECONDS, sampling
from payments_common.errors import StoreUnavailable
from support.clocks import START, ManualClock, settle

ACCOUNTS = ("tabby-ksa", "tamara-ksa")


class Database:
    """Answers what it is told to, or raises it."""

    listed: tuple[Waiting, ...] = ()

    def __init__(self) -> None:
        self.opened: Mapping[str, OpenOperations] = {}
        self.reviews: Mapping[tuple[str, Review], int] = {}
        self.problem: Exception | None = None

    async def open_operations(self) -> Mapping[str, OpenOperations]:
        if self.problem is not None:
            raise self.problem
        return self.opened

    async def in_review(self) -> Mapping[tuple[str, Review], int]:
        return self.reviews

    async def reviewed(self, review: Review) -> AsyncIterator[Waiting]:
        for waiting in self.listed:
            yield waiting

    async def open_since(self, before: datetime) -> AsyncIterator[Waiting]:
        for waiting in self.listed:
            yield waiting


class Bench:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = WaitingMetrics(self.registry)
        self.database = Database()
        self.clock = ManualClock()

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"payments_{name}", labels)

    def open(self, account: str, **counts: int) -> None:
        by_state = {OperationState(name): count for name, count in counts.items()}
        self.database.opened = {account: OpenOperations(START - timedelta(seconds=700), by_state)}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    here = Bench()
    here.open("tabby-ksa", unknown=2)
    async with sampling(here.database, here.metrics, accounts=ACCOUNTS, clock=here.clock):
        await settle()
        yield here


async def test_open_operations_are_told_at_once_with_their_age(bench: Bench) -> None:
    assert bench.value("open_operations", account="tabby-ksa", state="unknown") == 2
    assert bench.value("oldest_open_operation_seconds", account="tabby-ksa") == 700


async def test_an_account_without_any_is_told_as_none(bench: Bench) -> None:
    assert bench.value("open_operations", account="tamara-ksa", state="unknown") == 0
    assert bench.value("oldest_open_operation_seconds", account="tamara-ksa") == 0
    in_review = bench.value("orders_in_review", account="tamara-ksa", review="paid_late")
    assert in_review == 0


async def test_orders_in_review_are_told_by_review(bench: Bench) -> None:
    bench.database.reviews = {("tabby-ksa", Review.PAID_TWICE): 3}
    await bench.clock.advance(SAMPLE_SECONDS)
    in_review = bench.value("orders_in_review", account="tabby-ksa", review="paid_twice")
    assert in_review == 3


async def test_an_account_that_is_gone_is_told_of_while_something_waits_there(
    bench: Bench,
) -> None:
    bench.open("closed-account", requested=1)
    await bench.clock.advance(SAMPLE_SECONDS)
    assert bench.value("open_operations", account="closed-account", state="requested") == 1
    bench.database.opened = {}
    await bench.clock.advance(SAMPLE_SECONDS)
    assert bench.value("open_operations", account="closed-account", state="requested") is None


@pytest.mark.parametrize("problem", [StoreUnavailable("away"), KeyError("a mistake of ours")])
async def test_an_outage_leaves_the_last_sample_and_its_time_and_ends_nothing(
    bench: Bench, problem: Exception
) -> None:
    bench.database.problem = problem
    await bench.clock.advance(4 * SAMPLE_SECONDS)
    assert bench.value("open_operations", account="tabby-ksa", state="unknown") == 2
    assert bench.value("waiting_sampled_timestamp_seconds") == START.timestamp()
    bench.database.problem = None
    bench.open("tabby-ksa", unknown=1)
    await bench.clock.advance(SAMPLE_SECONDS)
    assert bench.value("open_operations", account="tabby-ksa", state="unknown") == 1
    assert bench.value("oldest_open_operation_seconds", account="tabby-ksa") == 775
