"""Thousands of lives in one process: whatever goes wrong, the ledger and the orders agree."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from payment_orchestrator.domain import balance
from simulation.campaign import quieten
from simulation.minimise import minimised
from simulation.sabotage import MUTE, SABOTAGES
from simulation.town import run

TESTS = Path(__file__).parents[1]
CI_SEEDS = 1200
DEAF_SEEDS = 300
SEEDS_TO_CATCH = 400
RARE = {"what has no effect yet is sent again": 350}
"""Where to begin: it takes a late effect, and a second one for which there is still money."""


@pytest.mark.parametrize(("seeds", "more"), [(CI_SEEDS, ()), (DEAF_SEEDS, ("--deaf",))])
def test_no_seed_breaks_a_promise(seeds: int, more: tuple[str, ...]) -> None:
    """Also where every webhook is dropped: then polling alone tells what became of the money."""
    told = subprocess.run(
        [sys.executable, "-m", "simulation", "--first", "1", "--seeds", str(seeds), *more],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert f"{seeds} seeds, 0 broken" in told.stdout


@pytest.fixture
def quiet() -> Iterator[None]:
    before = structlog.get_config()
    quieten()
    yield
    structlog.configure(**before)
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("mistake", list(SABOTAGES))
@pytest.mark.usefixtures("quiet")
def test_the_oracle_catches_it_when(mistake: str) -> None:
    first = RARE.get(mistake, 1)
    seeds = range(first, first + SEEDS_TO_CATCH)
    assert any(run(seed, sabotage=SABOTAGES[mistake]()).complaints for seed in seeds)


@pytest.mark.usefixtures("quiet")
def test_the_oracle_catches_a_reconciler_that_keeps_to_itself_what_it_has_seen() -> None:
    assert any(run(seed, sabotage=MUTE, is_deaf=True).complaints for seed in range(1, 20))


@pytest.mark.usefixtures("quiet")
def test_the_oracle_catches_it_when_no_amount_is_reserved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "in_flight_minor", lambda *_: 0)
    caught = (run(seed) for seed in range(1, SEEDS_TO_CATCH))
    assert any("promised" in each for told in caught for each in told.complaints)


@pytest.mark.usefixtures("quiet")
def test_a_run_replays_exactly() -> None:
    assert [run(seed) for seed in range(5)] == [run(seed) for seed in range(5)]


@pytest.mark.usefixtures("quiet")
def test_a_failing_run_is_told_by_its_shortest_story() -> None:
    sabotage = SABOTAGES["a command that comes twice is carried out twice"]
    runs = (run(seed, sabotage=sabotage()) for seed in range(1, SEEDS_TO_CATCH))
    failing = next(each for each in runs if each.complaints)
    short = minimised(failing, sabotage=sabotage)
    assert short.complaints
    assert len(short.story) <= len(failing.story)
    assert len(short.script.acts) < len(failing.script.acts)
