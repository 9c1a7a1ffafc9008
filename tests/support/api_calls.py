"""Keepers of API calls for tests: one that keeps, one whose store is down."""

import asyncio

from payments_common.gateways.port import ApiCall


class KeptApiCalls:
    """In memory, in order."""

    def __init__(self) -> None:
        self.calls: list[ApiCall] = []

    async def record(self, call: ApiCall) -> str:
        await asyncio.sleep(0)
        self.calls.append(call)
        return f"call-{len(self.calls)}"


class BrokenApiCalls:
    async def record(self, call: ApiCall) -> str:
        raise ConnectionError(f"the store is down, was to keep {call.request}")
