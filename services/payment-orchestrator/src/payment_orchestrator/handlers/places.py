"""The accounts that a session may be had at: the one that was asked for, then its alternatives."""

from collections.abc import Iterator
from contextlib import suppress

from payment_orchestrator.domain.sessions import check_supported
from payment_orchestrator.handlers.toolbox import Toolbox
from payments_common.breakers.entry import CallKind
from payments_common.errors import GatewayOutage, OperationRefused, UnknownAccount
from payments_common.schemas.commands import CreateSession


class Places:
    """`wait_seconds` is the shortest that any account wants to be left alone; None if none said."""

    def __init__(self, command: CreateSession, *, tools: Toolbox) -> None:
        self._command = command
        self._tools = tools
        self._away: dict[str, GatewayOutage] = {}

    def next(self) -> str | None:
        """The first that is able to and not known to be away."""
        for account in self._able():
            if account in self._away:
                continue
            refusal = self._tools.breakers.refusal(account, CallKind.SESSION)
            if refusal is None:
                return account
            self.was_away(account, refusal)
        return None

    def was_away(self, account: str, outage: GatewayOutage) -> None:
        self._away[account] = outage

    def why(self, account: str) -> str:
        return str(self._away[account]) if account in self._away else f"{account} is unavailable"

    @property
    def wait_seconds(self) -> float | None:
        waits = [o.retry_after_seconds for o in self._away.values() if o.retry_after_seconds]
        return min(waits, default=None)

    def _able(self) -> Iterator[str]:
        """An alternative that cannot have it is passed over: the first account was checked."""
        for account in dict.fromkeys((self._command.account, *self._command.alternatives)):
            with suppress(UnknownAccount, OperationRefused):
                asked = self._command.model_copy(update={"account": account})
                check_supported(asked, self._tools.capabilities(account))
                yield account
