"""The page that the scenarios make, and that nobody may forget to make again."""

import pytest

from conformance.all_subjects import SUBJECTS
from conformance.opening import account_of
from conformance.page import PAGE, abilities_table, generated, groups_of_scenarios
from conformance.results import REFUSED, RESULTS, Result
from payments_common.clock import SystemClock
from payments_common.gateways.port import Capabilities
from payments_common.gateways.registry import known_gateways, open_gateway
from support.api_calls import KeptApiCalls

FEWEST_SCENARIOS = 60
# A gateway that declares an ability must not refuse its scenario, and the other way round.
ABILITIES = {
    "test_the_rest_can_be_captured_afterwards_or_is_clearly_refused": "several_captures",
    "test_a_part_can_be_voided_or_is_clearly_refused": "partial_void",
    "test_after_a_capture_the_rest_can_be_voided_or_is_clearly_refused": "void_after_capture",
    "test_a_payment_method_is_chosen_or_clearly_refused": "chooses_method",
}


async def _abilities() -> dict[str, Capabilities]:
    """As an account that takes every currency of its gateway declares them."""
    declared = {}
    for subject in SUBJECTS:
        account = account_of(subject, "http://127.0.0.1:9", currency=None, secrets={})
        gateway = open_gateway(account, clock=SystemClock(), api_calls=KeptApiCalls())
        declared[subject.name] = gateway.capabilities
        await gateway.close()
    return declared


def _found(request: pytest.FixtureRequest) -> list[Result]:
    return request.config.stash.get(RESULTS, [])


def _is_whole(found: list[Result]) -> bool:
    """Whether every scenario was run against every gateway; a part proves no page wrong."""
    wanted = {
        (group, scenario, subject.name)
        for group, scenarios in groups_of_scenarios().items()
        for scenario in scenarios
        for subject in SUBJECTS
    }
    return wanted == {(each.group, each.scenario, each.gateway) for each in found}


def test_every_gateway_that_can_be_opened_is_held_to_the_suite() -> None:
    assert sorted(subject.name for subject in SUBJECTS) == known_gateways()


def test_there_are_scenarios_enough() -> None:
    assert sum(len(each) for each in groups_of_scenarios().values()) >= FEWEST_SCENARIOS


async def test_what_a_gateway_declares_is_what_it_does(request: pytest.FixtureRequest) -> None:
    declared = await _abilities()
    for result in _found(request):
        ability = ABILITIES.get(result.scenario)
        if ability is not None:
            able = getattr(declared[result.gateway], ability)
            assert able == (result.verdict != REFUSED), (result.gateway, ability)


async def test_the_page_of_gateways_is_up_to_date(request: pytest.FixtureRequest) -> None:
    found = _found(request)
    if not _is_whole(found):
        return
    page = generated(SUBJECTS, await _abilities(), found)
    if request.config.getoption("--write-page", default=False):
        PAGE.write_text(page)
    assert PAGE.read_text() == page, "docs/gateways.md is out of date: run `make conformance`"


async def test_the_abilities_on_the_page_are_those_that_are_declared() -> None:
    table = abilities_table(SUBJECTS, await _abilities())
    assert table in PAGE.read_text(), "docs/gateways.md is out of date: run `make conformance`"
