"""Webhooks and changes by hour in memory; it passes the suite that MongoDB passes."""

from collections.abc import Sequence
from datetime import datetime

from payment_orchestrator.domain.webhook_health import Traffic, usual_hours
from payment_orchestrator.domain.webhook_hours import HOUR, Hour, received_since


class MemoryWebhookHours:
    def __init__(self) -> None:
        self._hours: dict[tuple[str, datetime], Hour] = {}

    async def add(self, counted: Sequence[Hour]) -> None:
        for hour in counted:
            key = (hour.account, hour.began_at)
            self._hours.setdefault(key, Hour(*key)).add(hour)

    async def since(self, account: str, begin: datetime) -> list[Hour]:
        return [hour for hour in self._of(account) if hour.began_at >= begin]

    async def traffic(self, account: str, *, now: datetime) -> Traffic:
        hours = self._of(account)
        by_hour = {hour.began_at: hour.received.total() for hour in hours}
        return Traffic(
            first_hour=hours[0].began_at if hours else None,
            before={at: by_hour[at] for at in usual_hours(now) if at in by_hour},
            last_60_minutes=received_since(hours, now - HOUR),
            last_webhook_at=max(
                (h.last_webhook_at for h in hours if h.last_webhook_at), default=None
            ),
        )

    def _of(self, account: str) -> list[Hour]:
        found = [hour for hour in self._hours.values() if hour.account == account]
        return sorted(found, key=lambda hour: hour.began_at)
