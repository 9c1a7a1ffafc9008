"""Every scenario runs against every gateway; what came of it makes docs/gateways.md."""

from collections.abc import AsyncIterator, Iterator

import pytest

from conformance.all_subjects import SUBJECTS
from conformance.house import House
from conformance.opening import open_house
from conformance.results import RESULTS, Outcome, Result
from conformance.subject import Subject

PASSED = pytest.StashKey[bool]()
PAGE = "test_gateways_page.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-page", action="store_true", help="write docs/gateways.md")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "subject" in metafunc.fixturenames:
        metafunc.parametrize("subject", SUBJECTS, ids=lambda each: each.name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The page is compared after all that it tells of."""
    items.sort(key=lambda item: item.path.name == PAGE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.stash[PASSED] = call.excinfo is None
    return report


@pytest.fixture
def outcome(subject: Subject, request: pytest.FixtureRequest) -> Iterator[Outcome]:
    found = Outcome()
    yield found
    if request.node.stash.get(PASSED, False):
        request.config.stash.setdefault(RESULTS, []).append(
            Result(
                group=request.path.stem,
                scenario=request.function.__name__,
                gateway=subject.name,
                verdict=found.verdict,
                reason=found.reason,
            )
        )


@pytest.fixture
async def house(subject: Subject, outcome: Outcome) -> AsyncIterator[House]:
    async with open_house(subject, outcome=outcome) as opened:
        yield opened
