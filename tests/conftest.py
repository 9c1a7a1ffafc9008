"""Real servers, started once for all tests that ask for them; how hard hypothesis tries."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from local_stack.stack import StackUrls
from support.rabbit import empty
from support.stack import running_stack

pytest.register_assert_rewrite("support.law_1")
settings.register_profile("here", parent=settings(), deadline=None)
settings.register_profile("law-1", parent=settings(), deadline=None, max_examples=10_000)
settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=10,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
# The option --hypothesis-profile comes after this.
settings.load_profile("here")


@pytest.fixture(scope="session")
def stack() -> Iterator[StackUrls]:
    yield from running_stack()


@pytest.fixture
def rabbitmq_url(stack: StackUrls) -> str:
    """The broker with the topology declared and every queue empty."""
    asyncio.run(empty(stack.rabbitmq_url))
    return stack.rabbitmq_url
