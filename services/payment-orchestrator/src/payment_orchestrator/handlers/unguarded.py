"""No breakers: every call goes, and nobody waits."""

import asyncio
from datetime import datetime

from payments_common.breakers.entry import CallKind
from payments_common.breakers.line import InLine, Wait
from payments_common.errors import NotSent


class Unguarded:
    def refusal(self, account: str, kind: CallKind) -> NotSent | None:
        _ = account, kind
        return None

    def money_turn(
        self,
        account: str,
        order_id: str,
        operation_id: str,
        *,
        waits_since: datetime | None = None,
    ) -> Wait | None:
        _ = account, order_id, operation_id, waits_since
        return None

    async def next_in_line(self, account: str) -> InLine:
        _ = account
        never: asyncio.Future[InLine] = asyncio.get_running_loop().create_future()
        return await never
