"""What chance does in one run: every draw has a name, so that it can be told and left out.

A draw depends on the seed and its name alone. So a run replays exactly, and one disturbance can be
silenced without changing what the others would have done.
"""

import asyncio
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True, slots=True)
class Happening:
    """`name` is that of the draw; None where an actor did what its script says."""

    at_seconds: float
    text: str
    name: str | None = None


@dataclass(slots=True)
class Chance:
    """`silenced` are draws whose misfortune does not come; while it is calm none comes at all.

    `is_deaf`: no webhook is sent. `severity` multiplies how often they come, `away` are servers
    that do not answer at all.
    """

    seed: int
    silenced: frozenset[str] = frozenset()
    is_calm: bool = False
    is_deaf: bool = False
    severity: float = 1.0
    away: set[str] = field(default_factory=set)
    story: list[Happening] = field(default_factory=list)
    _passed: Counter[str] = field(default_factory=Counter)

    def name(self, what: str) -> str:
        """The next of this kind: `what#1`, `what#2` …"""
        self._passed[what] += 1
        return f"{what}#{self._passed[what]}"

    def draw(self, name: str) -> float:
        """From 0 to 1."""
        digest = hashlib.blake2b(f"{self.seed}|{name}".encode(), digest_size=7).digest()
        return int.from_bytes(digest) / 256**7

    def random(self, name: str) -> Random:
        """A stream of its own."""
        return Random(f"{self.seed}|{name}")

    def strikes(self, name: str, probability: float) -> bool:
        """Whether a misfortune of this probability comes here; whoever asks tells of it."""
        if self.is_calm or name in self.silenced:
            return False
        return self.draw(name) < probability * self.severity

    def tell(self, text: str, *, name: str | None = None) -> None:
        """What happened, for the story."""
        self.story.append(Happening(asyncio.get_running_loop().time(), text, name))
