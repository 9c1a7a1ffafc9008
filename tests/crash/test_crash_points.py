"""A part of `make crash-test`, another one each day; and orchestrators that it must not pass."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crash.breaks import BREAK, Break
from crash.cell import open_cell
from crash.combination import Combination, every_nth
from crash.flows import GATEWAYS
from crash.run import crash_at, flows_of, open_cells, survey
from crash.servers import own_servers
from crash.trial import Trial, begin, cut, judge
from local_stack.stack import StackUrls

TODAYS = 14
"""Combinations of one run: about half a minute."""
BROKEN_SECONDS = 15.0
"""Longer than a sound orchestrator needs to recover at these places."""


@pytest.fixture(scope="module")
def servers() -> Iterator[StackUrls]:
    with own_servers() as urls:
        yield urls


async def test_laws_2_3_6_and_8_todays_part_of_the_crash_points_holds(
    servers: StackUrls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    day = datetime.now(UTC).timetuple().tm_yday
    turn, which = divmod(day, len(GATEWAYS))
    gateway = GATEWAYS[which]
    async with open_cells(servers, tmp_path, number=2) as cells:
        places = await survey(cells, flows_of(f"{gateway}/"))
        parts = max(1, len(places) // TODAYS)
        part = f"{turn % parts + 1}/{parts}"
        with capsys.disabled():
            sys.stdout.write(f"\ncrash points of {gateway}, part {part} of {len(places)} places\n")
        todays = every_nth(places, part)
        results = await crash_at(cells, todays, progress=lambda _: None)
    assert results.problems == []
    assert sum(each.was_killed for each in results.trials) > len(todays) // 2


async def _at(servers: StackUrls, folder: Path, place: str, *, broken: Break) -> Trial:
    """What a broken orchestrator makes of one crash."""
    async with open_cell(servers, folder, more={BREAK: broken.value}) as cell:
        trial = await begin(cell, Combination.read(place))
        assert trial.is_ok
        await cut(trial)
        assert trial.was_killed
        await judge(trial, rest_seconds=BROKEN_SECONDS)
    return trial


async def test_the_oracle_catches_who_acknowledges_before_the_effect_is_stored(
    servers: StackUrls, tmp_path: Path
) -> None:
    place = "tabby/payment/webhooks/orders.save:before#1"
    trial = await _at(servers, tmp_path, place, broken=Break.ACKNOWLEDGES_FIRST)
    assert "status is pending, not authorized" in trial.problems


async def test_the_oracle_catches_who_sends_what_he_has_not_recorded(
    servers: StackUrls, tmp_path: Path
) -> None:
    place = "tamara/capture/operations/gateway.capture:after#1"
    trial = await _at(servers, tmp_path, place, broken=Break.SENDS_UNRECORDED)
    assert "the gateway's ledger says captured [5000, 5000], not [5000]" in trial.problems


async def test_the_oracle_catches_who_forgets_what_was_committed_and_not_published(
    servers: StackUrls, tmp_path: Path
) -> None:
    place = "tabby/session/commands/orders.save:after#1"
    trial = await _at(servers, tmp_path, place, broken=Break.NEVER_SWEEPS)
    assert "events are numbered [], the order counts 1" in trial.problems
