"""Real servers, started once for all tests that ask for them; how hard hypothesis tries."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from local_stack.stack import StackUrls
from support.rabbit import empty
from support.stack import running_stack

TESTS = Path(__file__).parent
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side, a file's tests stay together, and the conformance suite, which has one page."""
    for item in items:
        within = item.path.relative_to(TESTS)
        group = within.parts[0] if within.parts[0] == "conformance" else str(within)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def stack() -> Iterator[StackUrls]:
    yield from running_stack()


@pytest.fixture
def rabbitmq_url(stack: StackUrls) -> str:
    """The broker with the topology declared and every queue empty."""
    asyncio.run(empty(stack.rabbitmq_url))
    return stack.rabbitmq_url
