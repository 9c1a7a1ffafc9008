import json
import subprocess
import sys

import pytest

from payments_common.errors import Misconfigured, Unroutable
from payments_common.messaging import topology
from payments_common.messaging.topology import Route


@pytest.mark.parametrize(
    ("pattern", "routing_key", "expected"),
    [
        ("received", "received", True),
        ("received", "refused", False),
        ("received", "received.twice", False),
        ("#", "", True),
        ("#", "payment.captured", True),
        ("payment.*", "payment.captured", True),
        ("payment.*", "payment", False),
        ("payment.*", "payment.captured.late", False),
        ("payment.#", "payment", True),
        ("payment.#", "payment.captured.late", True),
        ("#.late", "payment.captured.late", True),
        ("#.late", "payment.captured", False),
        ("*.*", "payment.captured", True),
    ],
)
def test_topic_patterns_match_as_the_broker_does(
    pattern: str, routing_key: str, expected: bool
) -> None:
    assert topology.matches(pattern, routing_key) is expected


@pytest.mark.parametrize(
    ("seconds", "step"), [(0.1, 1), (1, 1), (1.5, 5), (6, 30), (31, 60), (61, 300), (9999, 300)]
)
def test_the_smallest_delay_that_is_long_enough_is_taken(seconds: float, step: int) -> None:
    queue = topology.delay_queue(topology.QUEUE_COMMANDS, seconds)
    assert queue == f"orchestrator.commands.delay.{step}s"


def test_a_queue_without_delays_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"payments\.dead-letters"):
        topology.delay_queue(topology.QUEUE_DEAD_LETTERS, 1)


@pytest.mark.parametrize(
    ("route", "queue"),
    [
        (Route(topology.OPERATIONS, "order_work_due"), topology.QUEUE_OPERATIONS),
        (Route(topology.WEBHOOKS, "refused"), topology.QUEUE_REFUSED_WEBHOOKS),
        (Route("", topology.QUEUE_COMMANDS), topology.QUEUE_COMMANDS),
    ],
)
def test_a_delay_leads_through_the_delay_queue_of_the_one_queue_meant(
    route: Route, queue: str
) -> None:
    assert topology.delayed_to(route, 5) == Route("", f"{queue}.delay.5s")


def test_no_delay_changes_no_route() -> None:
    route = Route(topology.EVENTS, "payment.captured")
    assert topology.delayed_to(route, 0) is route


def test_an_exchange_that_nobody_named_is_unroutable() -> None:
    with pytest.raises(Unroutable, match=r"payments\.commmands"):
        topology.queues_of(Route("payments.commmands", "capture_payment"))


@pytest.mark.parametrize("queue", topology.QUEUES.values(), ids=lambda queue: queue.name)
def test_every_queue_is_a_quorum_queue_that_keeps_what_it_sends_on(queue: topology.Queue) -> None:
    arguments = queue.arguments
    assert arguments["x-queue-type"] == "quorum"
    if "x-dead-letter-exchange" in arguments:
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
        assert arguments["x-overflow"] == "reject-publish"


def test_every_delay_queue_leads_back_to_its_queue() -> None:
    for name, queue in topology.QUEUES.items():
        if ".delay." in name:
            target = str(queue.arguments["x-dead-letter-routing-key"])
            seconds = int(queue.arguments["x-message-ttl"]) / 1000
            assert topology.delay_queue(target, seconds) == name


def test_the_definitions_name_nothing_that_is_not_there() -> None:
    definitions = topology.as_definitions("payments")
    exchanges = {each["name"] for each in definitions["exchanges"]}
    queues = {each["name"] for each in definitions["queues"]}
    assert len(queues) == 32
    assert definitions["vhosts"] == [{"name": "payments"}]
    for binding in definitions["bindings"]:
        assert binding["source"] in exchanges
        assert binding["destination"] in queues
        assert binding["vhost"] == "payments"


def test_the_module_prints_the_definitions() -> None:
    command = [sys.executable, "-m", "payments_common.messaging.topology"]
    printed = subprocess.run(command, check=True, capture_output=True, timeout=30)
    assert json.loads(printed.stdout) == topology.as_definitions()
