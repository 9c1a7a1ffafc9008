"""The local stack on real servers, as local binaries: they are fetched once if need be."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aio_pika
import pytest
from pymongo import MongoClient

from local_stack.processes import marked_processes
from local_stack.stack import LocalStack, StackUrls
from local_stack.waiting import wait_until

QUEUE = "kept-orders"


def binaries_only(**more: str) -> dict[str, str]:
    """This environment without URLs, so that a stack starts servers of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYMENTS_")}
    return {**kept, "LOCAL_STACK_MODE": "binaries", **more}


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack.start(environment=binaries_only()) as started:
        yield started


async def publish(url: str, body: bytes) -> None:
    """Publish a persistent message to a durable quorum queue, confirmed."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, QUEUE)


async def take(url: str) -> bytes:
    """Take one message from the queue."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(QUEUE)
        message = await queue.get(timeout=10)
        await message.ack()
        return message.body


def insert_in_transaction(url: str, reference: str) -> None:
    """Insert an order in a transaction, which only a replica set offers."""
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    with client, client.start_session() as session, session.start_transaction():
        client.payments.orders.insert_one({"_id": reference}, session=session)


def references(url: str) -> list[str]:
    """The references of all orders."""
    client: MongoClient[dict[str, Any]] = MongoClient(url)
    with client:
        return [order["_id"] for order in client.payments.orders.find()]


def owner(folder: Path) -> subprocess.Popen[str]:
    """A process of its own that runs a stack below this folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "local_stack", "up", "--json", "--folder", str(folder)],
        env=binaries_only(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def folders_in(folder: Path) -> list[Path]:
    """The folders of the stacks below this one."""
    return list(folder.glob("local-stack-*"))


async def test_a_killed_broker_keeps_its_messages_and_its_url(stack: LocalStack) -> None:
    await publish(stack.urls.rabbitmq_url, b"paid")
    stack.rabbitmq.wait_until_kept(QUEUE)

    stack.rabbitmq.kill()
    stack.rabbitmq.restart()

    assert await take(stack.urls.rabbitmq_url) == b"paid"


def test_a_killed_database_keeps_its_documents_and_its_url(stack: LocalStack) -> None:
    insert_in_transaction(stack.urls.mongodb_url, "order-1")

    stack.mongodb.kill()
    stack.mongodb.restart()

    assert references(stack.urls.mongodb_url) == ["order-1"]


async def test_suspended_servers_go_on_where_they_were(stack: LocalStack) -> None:
    stack.rabbitmq.suspend()
    stack.mongodb.suspend()
    stack.rabbitmq.resume()
    stack.mongodb.resume()

    await publish(stack.urls.rabbitmq_url, b"later")
    assert await take(stack.urls.rabbitmq_url) == b"later"
    assert isinstance(references(stack.urls.mongodb_url), list)


async def test_a_second_stack_runs_beside_and_stops_without_a_trace(
    stack: LocalStack, tmp_path: Path
) -> None:
    with LocalStack.start(folder=tmp_path, environment=binaries_only()) as second:
        (folder,) = folders_in(tmp_path)
        await publish(second.urls.rabbitmq_url, b"second")
        assert references(second.urls.mongodb_url) == []
        assert marked_processes(folder) != []

    assert marked_processes(folder) == []
    assert folders_in(tmp_path) == []
    await publish(stack.urls.rabbitmq_url, b"first")
    assert await take(stack.urls.rabbitmq_url) == b"first"


def test_a_killed_owner_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    with owner(tmp_path) as running:
        assert running.stdout is not None
        assert set(json.loads(running.stdout.readline())) >= {"rabbitmq_url", "mongodb_url"}
        (folder,) = folders_in(tmp_path)
        assert marked_processes(folder) != []
        running.kill()

    wait_until(lambda: not folder.exists(), what="the folder's removal", timeout_seconds=10)
    assert marked_processes(folder) == []


def test_an_owner_killed_while_servers_start_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    with owner(tmp_path) as starting:
        wait_until(
            lambda: any(len(marked_processes(folder)) > 1 for folder in folders_in(tmp_path)),
            what="the first processes",
            timeout_seconds=20,
        )
        (folder,) = folders_in(tmp_path)
        starting.kill()

    wait_until(lambda: not folder.exists(), what="the folder's removal", timeout_seconds=10)
    assert marked_processes(folder) == []


def test_an_owner_terminated_while_servers_start_ends_in_good_order(tmp_path: Path) -> None:
    with owner(tmp_path) as starting:
        wait_until(lambda: folders_in(tmp_path) != [], what="the folder", timeout_seconds=20)
        (folder,) = folders_in(tmp_path)
        starting.terminate()

    wait_until(lambda: not folder.exists(), what="the folder's removal", timeout_seconds=10)
    assert marked_processes(folder) == []
    assert starting.returncode == 0


def test_given_urls_are_used_as_they_are_and_nothing_is_started(
    stack: LocalStack, tmp_path: Path
) -> None:
    given = binaries_only(
        PAYMENTS_RABBITMQ_URL=stack.urls.rabbitmq_url, PAYMENTS_MONGODB_URL=stack.urls.mongodb_url
    )
    with LocalStack.start(folder=tmp_path, environment=given) as second:
        assert second.urls == StackUrls(stack.urls.rabbitmq_url, stack.urls.mongodb_url)
        assert list(tmp_path.iterdir()) == []

    assert isinstance(references(stack.urls.mongodb_url), list)


async def test_one_given_url_leaves_the_other_server_to_the_stack(
    stack: LocalStack, tmp_path: Path
) -> None:
    given = binaries_only(PAYMENTS_RABBITMQ_URL=stack.urls.rabbitmq_url)
    with LocalStack.start(folder=tmp_path, environment=given) as second:
        assert second.urls.rabbitmq_url == stack.urls.rabbitmq_url
        assert second.urls.mongodb_url != stack.urls.mongodb_url

    assert folders_in(tmp_path) == []
    await publish(stack.urls.rabbitmq_url, b"still there")
