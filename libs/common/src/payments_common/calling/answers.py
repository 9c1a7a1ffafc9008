"""Answers on their way to those who wait for them."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from payments_common.errors import InvalidMessage, TryLater
from payments_common.messaging.port import Delivery
from payments_common.schemas.envelope import decode, parse
from payments_common.schemas.replies import Answer

_log = logging.getLogger(__name__)


class NoAnswerYet(TryLater):
    """The command may be carried out at any time; send it again, same id, to hear its answer."""

    code = "no_answer_yet"

    def __init__(self, command_id: str, waited_seconds: float) -> None:
        super().__init__(
            f"no answer to command {command_id} within {waited_seconds:g} s; it may still be "
            "carried out: send the same command with the same command_id again to hear its answer"
        )
        self.command_id = command_id


class Answers:
    """Several may wait for the same one; each that waits hears it."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[Answer]]] = {}

    @contextmanager
    def awaited(self, correlation_id: str) -> Iterator[asyncio.Future[Answer]]:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        together = self._waiting.setdefault(correlation_id, set())
        together.add(answered)
        try:
            yield answered
        finally:
            together.discard(answered)
            if not together:
                self._waiting.pop(correlation_id, None)

    async def take(self, delivery: Delivery) -> None:
        """Handles a message of the reply queue; an answer that nobody waits for is let go."""
        waiting = [
            each for each in self._waiting.get(delivery.correlation_id or "", ()) if not each.done()
        ]
        try:
            (envelope,) = decode(delivery.body, content_type=delivery.content_type)
            answer = parse(Answer, envelope.data, envelope.type)
        except (InvalidMessage, ValueError) as error:
            _log.warning("an answer cannot be read: %s", error)
            for each in waiting:
                each.set_exception(InvalidMessage(f"the answer cannot be read: {error}"))
            return
        for each in waiting:
            each.set_result(answer)
