"""A calling service with no more rights than docs/calling-service.md gives it, and a real restart.

The broker is one of its own: users are made on it, and it is restarted under the client.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from yarl import URL

from local_stack.stack import LocalStack, StackUrls
from payments_common.client import PaymentsClient, connect
from payments_common.errors import Misconfigured, Unroutable
from payments_common.schemas.replies import Outcome
from support.answering import answering, event
from support.eventually import eventually
from support.rabbit import connected, empty

ORDER = "ORDER-1001"
DOCUMENT = Path(__file__).parents[2] / "docs" / "calling-service.md"


class Server:
    """A broker whose management API makes users and virtual hosts."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.url = stack.urls.rabbitmq_url
        self._api = httpx.Client(
            base_url=f"{stack.urls.rabbitmq_management_url}/api/",
            auth=("guest", "guest"),
            trust_env=False,
        )

    def put(self, path: str, body: dict[str, str] | None = None) -> None:
        self._api.put(path, json=body or {}).raise_for_status()

    def queues(self) -> dict[str, dict[str, object]]:
        found = self._api.get("queues").raise_for_status().json()
        return {each["name"]: each["arguments"] for each in found}


@pytest.fixture(scope="module")
def server(stack: StackUrls) -> Iterator[Server]:
    """Only the broker is new; the database is the one that all tests share."""
    environment = {
        **os.environ,
        "PAYMENTS_RABBITMQ_URL": "",
        "PAYMENTS_MONGODB_URL": stack.mongodb_url,
    }
    with LocalStack.start(plugins=("rabbitmq_management",), environment=environment) as own:
        asyncio.run(empty(own.urls.rabbitmq_url))
        yield Server(own)


@pytest.fixture
def shop_url(server: Server) -> str:
    """A user with the documented rights and no others."""
    configure, write, read = documented_rights()
    server.put("users/shop", {"password": "open-sesame", "tags": ""})
    server.put("permissions/%2F/shop", {"configure": configure, "write": write, "read": read})
    return str(URL(server.url).with_user("shop").with_password("open-sesame"))


def documented_rights() -> list[str]:
    command = re.compile(r"^rabbitmqctl set_permissions shop (.+)$", re.MULTILINE)
    (line,) = command.findall(DOCUMENT.read_text())
    return re.findall(r"'([^']+)'", line)


async def heard_by(shop: PaymentsClient, server: Server) -> list[int]:
    """Follows the shop's events until the two that are published here have come."""
    events = shop.events()
    first = asyncio.ensure_future(anext(events))
    await eventually(lambda: "shop.events" in server.queues())
    async with connected(server.url) as broker:
        for number in (1, 2):
            await broker.publish(event(number))
    return [(await first).sequence, (await anext(events)).sequence]


async def test_the_documented_rights_are_enough(server: Server, shop_url: str) -> None:
    async with (
        answering(server.url) as orchestrator,
        connect(shop_url, name="shop") as shop,
        asyncio.timeout(20),
    ):
        assert (await shop.capture(ORDER, command_id="one")).outcome is Outcome.SUCCEEDED
        assert await heard_by(shop, server) == [1, 2]
    assert orchestrator.heard == ["one"]


async def test_the_documented_rights_do_not_reach_the_queues_of_others(
    server: Server, shop_url: str
) -> None:
    async with connected(shop_url) as broker:
        for name in ("orchestrator.commands", "payments.reply.crm.1", "crm.events", "shopping.x"):
            with pytest.raises(Misconfigured, match=re.escape(name)):
                await broker.declare_own_queue(name)


async def test_a_user_without_the_right_to_publish_is_told_so_at_once(
    server: Server, shop_url: str
) -> None:
    configure, _, read = documented_rights()
    server.put("permissions/%2F/shop", {"configure": configure, "write": "^shop[.]", "read": read})
    async with connect(shop_url, name="shop") as shop:
        with pytest.raises(Misconfigured, match="may not publish"):
            await shop.capture(ORDER)


async def test_an_answer_arrives_although_the_broker_was_restarted_meanwhile(
    server: Server, shop_url: str
) -> None:
    async with (
        answering(server.url) as orchestrator,
        connect(shop_url, name="shop") as shop,
    ):
        orchestrator.answering.clear()
        capturing = asyncio.create_task(shop.capture(ORDER, command_id="through-restart"))
        await eventually(lambda: bool(orchestrator.heard))
        await asyncio.to_thread(server.stack.rabbitmq.restart)
        orchestrator.answering.set()
        answer = await capturing
    assert (answer.command_id, answer.outcome) == ("through-restart", Outcome.SUCCEEDED)


async def test_queues_that_a_client_leaves_behind_go_by_themselves(server: Server) -> None:
    async with connect(server.url, name="passing") as client:
        listening = asyncio.ensure_future(anext(client.events(lasting=False)))
        await eventually(lambda: "passing.events" in server.queues())
        left = {name: each for name, each in server.queues().items() if "passing" in name}
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert len(left) == 2
    assert all(arguments["x-expires"] for arguments in left.values())


async def test_a_broker_without_our_exchanges_is_named_at_once(server: Server) -> None:
    server.put("vhosts/empty")
    server.put("permissions/empty/guest", {"configure": ".*", "write": ".*", "read": ".*"})
    async with connect(str(URL(server.url).with_path("/empty")), name="shop") as shop:
        with pytest.raises(Unroutable, match="is the topology declared"):
            await shop.capture(ORDER)
