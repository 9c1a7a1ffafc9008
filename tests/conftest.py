"""Real servers, started once for all tests that ask for them."""

import asyncio
from collections.abc import Iterator

import pytest

from local_stack.stack import StackUrls
from support.rabbit import empty
from support.stack import running_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[StackUrls]:
    yield from running_stack()


@pytest.fixture
def rabbitmq_url(stack: StackUrls) -> str:
    """The broker with the topology declared and every queue empty."""
    asyncio.run(empty(stack.rabbitmq_url))
    return stack.rabbitmq_url
