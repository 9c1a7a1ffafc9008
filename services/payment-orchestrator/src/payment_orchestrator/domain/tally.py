"""Counts how news came, beside the use cases: it waits for nothing and cannot fail them.

What a process had counted and not yet stored is lost when it dies: a measure, no money.
"""

from datetime import datetime
from typing import Protocol

from payment_orchestrator.domain.change import Change
from payment_orchestrator.domain.news import Learned
from payment_orchestrator.domain.webhook_hours import Hour, whole_hour


class NewsObserver(Protocol):
    def learned(self, account: str, news: Learned) -> None: ...


class NobodyObserves:
    def learned(self, account: str, news: Learned) -> None:
        _ = account, news


class Tally:
    """Grows with accounts and hours only, and is emptied by `take`."""

    def __init__(self, observer: NewsObserver | None = None) -> None:
        self._observer = observer or NobodyObserves()
        self._hours: dict[tuple[str, datetime], Hour] = {}

    def saved(self, change: Change) -> None:
        """What a committed change has learned that gateways send webhooks for."""
        account = change.order.account
        for line in change.history:
            if line.learned is not None and line.learned.has_webhook:
                news = line.learned
                self._hour(account, line.at).take_change(news.via, news.delay_seconds)
                self._observer.learned(account, news)

    def received(self, account: str, *, at: datetime) -> None:
        """An authentic webhook, by the time at which the ingress had it."""
        self._hour(account, at).take_webhook(at)

    def take(self) -> list[Hour]:
        """All that was counted since the last time."""
        taken = list(self._hours.values())
        self._hours.clear()
        return taken

    def _hour(self, account: str, at: datetime) -> Hour:
        began_at = whole_hour(at)
        return self._hours.setdefault((account, began_at), Hour(account, began_at))
