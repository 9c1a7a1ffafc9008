"""What came of the scenarios."""

from dataclasses import dataclass

import pytest

YES = "yes"
REFUSED = "refused"
NOT_MEANINGFUL = "n/a"


@dataclass(slots=True)
class Outcome:
    """What a scenario finds: it works, we refuse it clearly, or it says nothing of this gateway."""

    verdict: str = YES
    reason: str = ""

    def not_meaningful(self, reason: str) -> None:
        self.verdict, self.reason = NOT_MEANINGFUL, reason


@dataclass(frozen=True, slots=True)
class Result:
    """`group` is the scenario's file, `scenario` its claim."""

    group: str
    scenario: str
    gateway: str
    verdict: str
    reason: str


RESULTS = pytest.StashKey[list[Result]]()
