"""The accounts file's accounts by name, and their gateways."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from payments_common.clock import Clock
from payments_common.config import Account, Examined, examine_accounts
from payments_common.errors import Misconfigured, UnknownAccount
from payments_common.gateways.port import ApiCall, ApiCalls, Gateway
from payments_common.gateways.registry import open_gateway


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command calls gateways with."""

    clock: Clock
    api_calls: ApiCalls


class NoApiCalls:
    """Keeps no call: the operator named no database."""

    async def record(self, call: ApiCall) -> str:
        _ = call
        return ""


@asynccontextmanager
async def opened(account: Account, desk: Desk) -> AsyncIterator[Gateway]:
    """Raises Misconfigured as the services would at their start."""
    gateway = open_gateway(account, clock=desk.clock, api_calls=desk.api_calls)
    try:
        yield gateway
    finally:
        await gateway.close()


def chosen(path: Path, names: Sequence[str] | None) -> list[Examined]:
    """The accounts of these names, or all; raises UnknownAccount, listing the known."""
    examined = {each.name: each for each in examine_accounts(path)}
    unknown = [name for name in names or () if name not in examined]
    if unknown:
        known = ", ".join(examined)
        raise UnknownAccount(f"{path} has no account {', '.join(unknown)}; it has {known}")
    return [examined[name] for name in dict.fromkeys(names or examined)]


def account_named(name: str, path: Path) -> Account:
    """Raises Misconfigured with what is wrong with it, UnknownAccount where there is none."""
    (examined,) = chosen(path, [name])
    if examined.account is None or examined.problems:
        raise Misconfigured(f"account {name}: {'; '.join(examined.problems)}")
    return examined.account
