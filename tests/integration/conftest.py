"""A sandbox process and a shop at it for the Tabby gateway, and a look into the broker."""

from collections.abc import AsyncIterator, Iterator

import pytest

from support.rabbit import RabbitProbe, rabbit_probe
from support.sandbox import sandbox_process
from support.tabby_shop import Shop, open_shop


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with sandbox_process() as url:
        yield url


@pytest.fixture(params=["SAR"])
async def shop(sandbox_url: str, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with open_shop(sandbox_url, request.param) as opened:
        yield opened


@pytest.fixture
async def probe(rabbitmq_url: str) -> AsyncIterator[RabbitProbe]:
    async with rabbit_probe(rabbitmq_url) as probe:
        yield probe
