"""Discrepancies in memory: for tests, and for a dry run, which keeps nothing."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from reconciler.domain.discrepancy import Discrepancy, Found, Kind, State, key_of


class MemoryDiscrepancies:
    def __init__(self, known: Iterable[Discrepancy] = ()) -> None:
        self._kept = {key_of(each.found): each for each in known}

    def kept(self) -> list[Discrepancy]:
        return list(self._kept.values())

    async def record(
        self, found: Found, *, run: str, now: datetime, may_add: bool = True
    ) -> Discrepancy | None:
        before = self._kept.get(key_of(found))
        if before is None:
            if may_add:
                self._kept[key_of(found)] = Discrepancy(found, State.OPEN, now, now, run)
            return None
        self._kept[key_of(found)] = replace(
            before,
            found=found,
            state=State.OPEN,
            last_seen_at=now,
            run=run,
            count=before.count + (before.run != run),
        )
        return before

    async def settle(
        self, found: Found, state: State, *, run: str, now: datetime, is_told: bool = False
    ) -> None:
        before = self._kept.get(key_of(found))
        if before is None or before.state is not State.OPEN:
            return
        told_run = run if is_told else before.told_run
        self._kept[key_of(found)] = replace(
            before, state=state, last_seen_at=now, run=run, told_run=told_run
        )

    async def open_ones(self, account: str) -> AsyncIterator[Discrepancy]:
        for each in self._of(account):
            if each.state is State.OPEN:
                yield each

    async def seen_in(self, account: str, run: str) -> AsyncIterator[Discrepancy]:
        for each in self._of(account):
            if each.run == run:
                yield each

    async def open_counts(self, account: str) -> Mapping[Kind, int]:
        return Counter([each.found.kind async for each in self.open_ones(account)])

    def _of(self, account: str) -> list[Discrepancy]:
        found = (each for each in self._kept.values() if each.found.account == account)
        return sorted(found, key=lambda each: (each.last_seen_at, key_of(each.found)))
