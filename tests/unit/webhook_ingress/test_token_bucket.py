from datetime import UTC, datetime

from webhook_ingress.token_bucket import TokenBuckets


class HandClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_seconds(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_a_burst_is_granted_and_the_next_one_is_not() -> None:
    buckets = TokenBuckets(per_second=1, burst=3, clock=HandClock())
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]


def test_tokens_come_back_with_time_up_to_the_burst() -> None:
    clock = HandClock()
    buckets = TokenBuckets(per_second=2, burst=3, clock=clock)
    for _ in range(3):
        buckets.take("a")
    clock.seconds = 0.5
    assert [buckets.take("a"), buckets.take("a")] == [True, False]
    clock.seconds = 1000.0
    assert sum(buckets.take("a") for _ in range(10)) == 3


def test_an_empty_bucket_leaves_the_other_keys_alone() -> None:
    buckets = TokenBuckets(per_second=1, burst=1, clock=HandClock())
    assert buckets.take("a")
    assert not buckets.take("a")
    assert buckets.take("b")
