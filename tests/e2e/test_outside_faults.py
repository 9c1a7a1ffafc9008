"""Real services on real servers, harmed from outside while orders live; then the ledger decides.

`make chaos` does the same by seed for as long as one likes.
"""

from collections.abc import Iterator

import pytest

from chaos.faults import BROKER, DATABASE, Fault, Kind
from chaos.report import report
from chaos.run import run
from support.estate import Estate, estate

SEED = 4
SECONDS = 32.0
LIVES_AT_ONCE = 10
PATIENCE_SECONDS = 90.0
# The second orchestrator is frozen for longer than its lease of an operation lasts.
SCHEDULE = (
    Fault(DATABASE, Kind.STEP_DOWN, at_seconds=1.0, for_seconds=4.0),
    Fault("orchestrator 1", Kind.KILL, at_seconds=3.0, for_seconds=0.5),
    Fault(BROKER, Kind.KILL, at_seconds=8.0, for_seconds=1.0),
    Fault("ingress", Kind.KILL, at_seconds=10.0, for_seconds=0.5),
    Fault("orchestrator 2", Kind.FREEZE, at_seconds=14.0, for_seconds=8.0),
    Fault(DATABASE, Kind.KILL, at_seconds=17.0, for_seconds=1.0),
    Fault(BROKER, Kind.CLOSE_CONNECTIONS, at_seconds=24.0),
    Fault("orchestrator 1", Kind.KILL, at_seconds=26.0),
    Fault("orchestrator 2", Kind.STOP, at_seconds=28.0),
)
MOVES = ["capture", "refund", "close", "cancel", "release", "authorise"]
# Webhooks would tell of what was done without an answer. Whoever asks is answered, so that the run
# is over in time.
ANSWERS_ARE_LOST = {
    "probabilities": {
        "error_after": 0.15,
        "reset_after": 0.1,
        "hang_after": 0.03,
        "webhook_drop": 0.4,
    },
    "operations": [*MOVES, "webhook"],
}


@pytest.fixture
def on() -> Iterator[Estate]:
    with estate(orchestrators=2) as opened:
        yield opened


async def test_whatever_is_done_to_it_from_outside_it_comes_to_rest_and_agrees_with_the_ledger(
    on: Estate,
) -> None:
    outcome = await run(
        on,
        SCHEDULE,
        seed=SEED,
        seconds=SECONDS,
        tell=lambda _: None,
        at_once=LIVES_AT_ONCE,
        misbehaviour=ANSWERS_ARE_LOST,
        patience_seconds=PATIENCE_SECONDS,
    )
    told = report(outcome, seed=SEED)
    assert outcome.verdict.holds, told
    assert outcome.verdict.recovered > 0, f"no answer was lost:\n{told}"
    assert len(outcome.book.ended) > LIVES_AT_ONCE, told
