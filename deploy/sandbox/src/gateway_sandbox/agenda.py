"""What falls due later: a heap of deadlines, so that no request scans all payments."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from itertools import count


class Agenda:
    """Deadlines with a task name and a payment id, handed out in order of time."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, str, str]] = []
        self._sequence = count()

    def add(self, due_at: datetime, task: str, payment_id: str) -> None:
        """Remember one deadline."""
        heapq.heappush(self._heap, (due_at, next(self._sequence), task, payment_id))

    def due(self, now: datetime) -> Iterator[tuple[datetime, str, str]]:
        """Take out, oldest first, what is due; also what is added meanwhile and already due."""
        while self._heap and self._heap[0][0] <= now:
            due_at, _, task, payment_id = heapq.heappop(self._heap)
            yield due_at, task, payment_id

    def clear(self) -> None:
        """Forget all."""
        self._heap.clear()
