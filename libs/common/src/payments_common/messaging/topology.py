"""Every exchange, queue and binding, named once; printed by `python -m` as a definitions file.

Queues are quorum queues. Their dead letters leave at-least-once, which the broker only does for
queues that refuse publishes when full instead of dropping their oldest.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from payments_common.errors import Misconfigured, Unroutable
from payments_common.schemas.webhooks import RECEIVED_KEY, REFUSED_KEY

WEBHOOKS = "payments.webhooks"
COMMANDS = "payments.commands"
OBSERVATIONS = "payments.observations"
OPERATIONS = "payments.operations"
EVENTS = "payments.events"
DEAD_LETTER = "payments.dead-letter"
EXCHANGES = (WEBHOOKS, COMMANDS, OBSERVATIONS, OPERATIONS, EVENTS, DEAD_LETTER)

QUEUE_WEBHOOKS = "orchestrator.webhooks"
QUEUE_REFUSED_WEBHOOKS = "orchestrator.refused-webhooks"
QUEUE_COMMANDS = "orchestrator.commands"
QUEUE_OBSERVATIONS = "orchestrator.observations"
QUEUE_OPERATIONS = "orchestrator.operations"
QUEUE_RECENT_EVENTS = "payments.recent-events"
QUEUE_DEAD_LETTERS = "payments.dead-letters"

DELAY_STEPS_SECONDS = (1, 5, 30, 60, 300)
# A message that kills its process is set aside in the end; one that is in hand each time that
# processes are killed from outside is innocent, and a long call to a gateway is in hand for long.
DELIVERY_LIMIT = 50
# People look into these queues and put the messages back; RabbitMQ 4 would drop them after 20.
UNLIMITED_DELIVERIES = 1_000_000_000
LARGEST_BOUNDED_QUEUE = 10_000
RECENT_EVENTS_SECONDS = 7 * 24 * 3600

Arguments = Mapping[str, str | int]
_QUORUM: Arguments = {"x-queue-type": "quorum"}
_KEEPS_ALL: Arguments = {
    "x-overflow": "reject-publish",
    "x-dead-letter-strategy": "at-least-once",
}
_WORK: Arguments = {
    **_QUORUM,
    **_KEEPS_ALL,
    "x-delivery-limit": DELIVERY_LIMIT,
    "x-dead-letter-exchange": DEAD_LETTER,
}
_BOUNDED: Arguments = {
    **_QUORUM,
    "x-overflow": "drop-head",
    "x-max-length": LARGEST_BOUNDED_QUEUE,
}


@dataclass(frozen=True, slots=True)
class Route:
    """Where one publish goes; exchange "" addresses the queue that the routing key names."""

    exchange: str
    routing_key: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue; `delayed` ones have a delay queue for each step."""

    name: str
    bindings: tuple[Route, ...]
    arguments: Arguments
    delayed: bool = False


def _all_queues() -> dict[str, Queue]:
    everything = "#"
    queues = [
        Queue(QUEUE_WEBHOOKS, (Route(WEBHOOKS, RECEIVED_KEY),), _WORK, delayed=True),
        # No dead-letter exchange: whoever floods the ingress would flood the dead letters too.
        Queue(
            QUEUE_REFUSED_WEBHOOKS,
            (Route(WEBHOOKS, REFUSED_KEY),),
            {**_BOUNDED, "x-delivery-limit": DELIVERY_LIMIT},
            delayed=True,
        ),
        Queue(QUEUE_COMMANDS, (Route(COMMANDS, everything),), _WORK, delayed=True),
        Queue(QUEUE_OBSERVATIONS, (Route(OBSERVATIONS, everything),), _WORK, delayed=True),
        Queue(QUEUE_OPERATIONS, (Route(OPERATIONS, everything),), _WORK, delayed=True),
        # Makes every event routable although nobody may be listening.
        Queue(
            QUEUE_RECENT_EVENTS,
            (Route(EVENTS, everything),),
            {
                **_BOUNDED,
                "x-message-ttl": RECENT_EVENTS_SECONDS * 1000,
                "x-delivery-limit": UNLIMITED_DELIVERIES,
            },
        ),
        Queue(
            QUEUE_DEAD_LETTERS,
            (Route(DEAD_LETTER, everything),),
            {**_QUORUM, "x-delivery-limit": UNLIMITED_DELIVERIES},
        ),
    ]
    queues += [
        _delay_queue(queue.name, step)
        for queue in queues
        if queue.delayed
        for step in DELAY_STEPS_SECONDS
    ]
    return {queue.name: queue for queue in queues}


def _delay_queue(queue: str, step_seconds: int) -> Queue:
    arguments: Arguments = {
        **_QUORUM,
        **_KEEPS_ALL,
        "x-message-ttl": step_seconds * 1000,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue,
    }
    return Queue(_delay_name(queue, step_seconds), (), arguments)


def _delay_name(queue: str, step_seconds: int) -> str:
    return f"{queue}.delay.{step_seconds}s"


QUEUES: Mapping[str, Queue] = _all_queues()


def has_delays(queue: str) -> bool:
    return queue in QUEUES and QUEUES[queue].delayed


def delay_queue(queue: str, delay_seconds: float) -> str:
    """Names the delay queue with the smallest step that is long enough, else the longest.

    Whoever asks for more than the longest step gets the message early and must ask again.
    Raises Misconfigured for a queue that has no delay queues.
    """
    if not has_delays(queue):
        raise Misconfigured(f"the queue {queue} has no delay queues in the topology")
    steps = (step for step in DELAY_STEPS_SECONDS if step >= delay_seconds)
    return _delay_name(queue, next(steps, DELAY_STEPS_SECONDS[-1]))


def delayed_to(route: Route, delay_seconds: float) -> Route:
    """Leads a message through the delay queue of the one queue that it is meant for.

    Raises Misconfigured unless the route leads to exactly one queue.
    """
    if delay_seconds <= 0:
        return route
    queues = [route.routing_key] if route.exchange == "" else queues_of(route)
    if len(queues) != 1:
        raise Misconfigured(
            f"a delay needs exactly one queue, {route.exchange} {route.routing_key} has {queues}"
        )
    return Route("", delay_queue(queues[0], delay_seconds))


def queues_of(route: Route) -> list[str]:
    """Names the queues of the topology that a message on this route reaches.

    Raises Unroutable for an exchange that the topology does not name.
    """
    if route.exchange == "":
        return [route.routing_key] if route.routing_key in QUEUES else []
    if route.exchange not in EXCHANGES:
        raise Unroutable(f"the topology names no exchange {route.exchange}")
    return [
        queue.name
        for queue in QUEUES.values()
        if any(
            binding.exchange == route.exchange and matches(binding.routing_key, route.routing_key)
            for binding in queue.bindings
        )
    ]


def matches(pattern: str, routing_key: str) -> bool:
    """Whether a topic pattern takes a routing key: `*` is one word, `#` any number of them."""
    return _words_match(pattern.split("."), routing_key.split("."))


def _words_match(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    first, rest = pattern[0], pattern[1:]
    if first == "#":
        return any(_words_match(rest, words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and first in ("*", words[0]) and _words_match(rest, words[1:])


def as_definitions(virtual_host: str = "/") -> dict[str, Any]:
    """The whole topology in the format of RabbitMQ's definitions file, users left out."""
    place = {"vhost": virtual_host, "durable": True, "auto_delete": False}
    return {
        "vhosts": [{"name": virtual_host}],
        "exchanges": [
            {**place, "name": name, "type": "topic", "internal": False, "arguments": {}}
            for name in EXCHANGES
        ],
        "queues": [
            {**place, "name": queue.name, "arguments": dict(queue.arguments)}
            for queue in QUEUES.values()
        ],
        "bindings": [
            {
                "vhost": virtual_host,
                "source": binding.exchange,
                "destination": queue.name,
                "destination_type": "queue",
                "routing_key": binding.routing_key,
                "arguments": {},
            }
            for queue in QUEUES.values()
            for binding in queue.bindings
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(as_definitions(), indent=2) + "\n")
