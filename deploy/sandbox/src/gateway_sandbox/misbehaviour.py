"""Decides which fault, if any, one subject gets: by its header, the queue, or chaos."""

from gateway_sandbox.chaos import Chaos
from gateway_sandbox.faults import Fault, FaultQueue, Subject, parse_fault_header

FAULT_HEADER = "X-Sandbox-Fault"


class Misbehaviour:
    """The queue of ordered faults and the present chaos."""

    def __init__(self) -> None:
        self.queue = FaultQueue()
        self.chaos = Chaos()

    def pick(self, subject: Subject, header: str | None = None) -> Fault | None:
        """What was ordered for this subject comes before what chance would do."""
        if header:
            return parse_fault_header(header)
        return self.queue.take(subject) or self.chaos.pick(subject)

    def clear(self) -> None:
        """Behave well from now on."""
        self.queue.clear()
        self.chaos = Chaos()
