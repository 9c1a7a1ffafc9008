"""A sandbox process and a shop at it, for the tests of the Tabby gateway."""

from collections.abc import AsyncIterator, Iterator

import pytest

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
