"""Which fault comes when: a pure function of the seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

BROKER = "broker"
DATABASE = "database"
FIRST_SECONDS = 3.0


class Kind(StrEnum):
    KILL = "kill"
    STOP = "stop"
    FREEZE = "freeze"
    CLOSE_CONNECTIONS = "close connections of"
    STEP_DOWN = "step down"


@dataclass(frozen=True, slots=True)
class Fault:
    """`for_seconds` is how long the victim stays away, beyond what its start takes."""

    victim: str
    kind: Kind
    at_seconds: float
    for_seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {self.victim} for {self.for_seconds:.1f} s"


@dataclass(frozen=True, slots=True)
class _Habit:
    """What may befall a kind of victim; a freeze may be longer than lease and heartbeat."""

    kinds: tuple[Kind, ...]
    pauses_seconds: tuple[float, float]
    away_seconds: tuple[float, ...]


_SERVICE = _Habit((Kind.KILL, Kind.KILL, Kind.STOP, Kind.FREEZE), (2.0, 12.0), (0.0, 0.5, 3.0, 9.0))
_HABITS = {
    BROKER: _Habit(
        (Kind.KILL, Kind.STOP, Kind.CLOSE_CONNECTIONS, Kind.CLOSE_CONNECTIONS, Kind.FREEZE),
        (6.0, 20.0),
        (0.0, 1.0, 4.0, 12.0),
    ),
    DATABASE: _Habit(
        (Kind.KILL, Kind.STOP, Kind.STEP_DOWN, Kind.STEP_DOWN, Kind.FREEZE),
        (5.0, 18.0),
        (1.0, 3.0, 6.0, 15.0),
    ),
}


def schedule(seed: int, *, seconds: float, services: Sequence[str]) -> list[Fault]:
    """Each victim has faults one after the other, different victims at the same time too."""
    faults: list[Fault] = []
    for victim in (*services, BROKER, DATABASE):
        faults += _befalling(victim, Random(f"{seed} {victim}"), seconds)
    return sorted(faults, key=lambda fault: fault.at_seconds)


def _befalling(victim: str, random: Random, seconds: float) -> list[Fault]:
    habit = _HABITS.get(victim, _SERVICE)
    faults = []
    at_seconds = FIRST_SECONDS + random.uniform(0.0, habit.pauses_seconds[1])
    while at_seconds < seconds:
        fault = Fault(
            victim, random.choice(habit.kinds), at_seconds, random.choice(habit.away_seconds)
        )
        faults.append(fault)
        at_seconds += fault.for_seconds + random.uniform(*habit.pauses_seconds)
    return faults
