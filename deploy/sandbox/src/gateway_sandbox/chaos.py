"""Random misbehaviour that replays: each draw depends on the seed and its subject alone.

Draws do not come from one stream, since the order in which concurrent requests arrive would
then change all later ones. The subject is named by the caller's references, never by the
sandbox's own random ids.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from gateway_sandbox.errors import InvalidControlRequestError
from gateway_sandbox.faults import MAXIMUM_DELAY_SECONDS, WEBHOOK, Fault, Subject

_REQUEST_FAULTS = {
    "delay": Fault("*", "delay", delay_seconds=1.0),
    "error_before": Fault("*", "error", status=503),
    "error_after": Fault("*", "error", phase="after", status=500),
    "reset_before": Fault("*", "reset"),
    "reset_after": Fault("*", "reset", phase="after"),
    "hang_before": Fault("*", "hang"),
    "hang_after": Fault("*", "hang", phase="after"),
    "rate_limit": Fault("*", "rate_limit"),
    "html": Fault("*", "html", status=502),
}
_WEBHOOK_FAULTS = {
    "webhook_drop": Fault(WEBHOOK, "drop"),
    "webhook_duplicate": Fault(WEBHOOK, "duplicate"),
    "webhook_reorder": Fault(WEBHOOK, "reorder"),
    "webhook_delay": Fault(WEBHOOK, "delay", delay_seconds=1.0),
    "webhook_corrupt_body": Fault(WEBHOOK, "corrupt_body"),
    "webhook_forge_header": Fault(WEBHOOK, "forge_header"),
    "webhook_wrong_amount": Fault(WEBHOOK, "wrong_amount"),
}
_KNOWN = {**_REQUEST_FAULTS, **_WEBHOOK_FAULTS}


@dataclass(frozen=True, slots=True)
class Chaos:
    """Probabilities by name of misbehaviour; operations None means all."""

    seed: int = 0
    probabilities: Mapping[str, float] | None = None
    operations: frozenset[str] | None = None
    delay_seconds: float = 1.0

    def pick(self, subject: Subject) -> Fault | None:
        """The misbehaviour this subject gets, the same at each run with the same seed."""
        if not self.probabilities or not self._covers(subject):
            return None
        possible = _WEBHOOK_FAULTS if subject.operation == WEBHOOK else _REQUEST_FAULTS
        draw = Random(self._key(subject)).random()
        for name, fault in possible.items():
            probability = self.probabilities.get(name, 0.0)
            if draw < probability:
                return self._with_delay(fault)
            draw -= probability
        return None

    def _covers(self, subject: Subject) -> bool:
        return self.operations is None or subject.operation in self.operations

    def _key(self, subject: Subject) -> str:
        references = ",".join(sorted(subject.references))
        return f"{self.seed}|{subject.operation}|{references}|{subject.event}|{subject.ordinal}"

    def _with_delay(self, fault: Fault) -> Fault:
        if fault.kind != "delay":
            return fault
        return Fault(fault.operation, fault.kind, delay_seconds=self.delay_seconds)


def parse_chaos(document: Mapping[str, Any]) -> Chaos:
    """Chaos from JSON; raises InvalidControlRequestError that says what is wrong."""
    probabilities = document.get("probabilities", {})
    if not isinstance(probabilities, dict):
        raise InvalidControlRequestError("probabilities must be an object of name to number")
    unknown = sorted(set(probabilities) - set(_KNOWN))
    if unknown:
        raise InvalidControlRequestError(f"unknown {unknown}; known are {sorted(_KNOWN)}")
    operations = document.get("operations")
    try:
        numbers = {name: float(value) for name, value in probabilities.items()}
        chaos = Chaos(
            seed=int(document.get("seed", 0)),
            probabilities=numbers,
            operations=None if operations is None else frozenset(map(str, operations)),
            delay_seconds=float(document.get("delay_seconds", 1.0)),
        )
    except (TypeError, ValueError) as error:
        raise InvalidControlRequestError(f"not a valid chaos: {error}") from error
    _check_sums(numbers)
    if not 0 <= chaos.delay_seconds <= MAXIMUM_DELAY_SECONDS:
        raise InvalidControlRequestError(f"delay_seconds must be 0 to {MAXIMUM_DELAY_SECONDS}")
    return chaos


def _check_sums(numbers: Mapping[str, float]) -> None:
    if any(not 0 <= number <= 1 for number in numbers.values()):
        raise InvalidControlRequestError("each probability must be from 0 to 1")
    for group in (_REQUEST_FAULTS, _WEBHOOK_FAULTS):
        if sum(numbers.get(name, 0.0) for name in group) > 1:
            raise InvalidControlRequestError(f"probabilities of {sorted(group)} add up to over 1")
