"""Real servers of the crash test's own, and a virtual host on them for each cell."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx

from local_stack.settings import MONGODB_VARIABLE, RABBITMQ_VARIABLE
from local_stack.stack import LocalStack, StackUrls

GUEST = ("guest", "guest")


@contextmanager
def own_servers() -> Iterator[StackUrls]:
    """Never those that the environment names: their virtual hosts are not ours to make."""
    given = {RABBITMQ_VARIABLE, MONGODB_VARIABLE}
    environment = {name: value for name, value in os.environ.items() if name not in given}
    with LocalStack.start(plugins=("rabbitmq_management",), environment=environment) as stack:
        yield stack.urls


async def virtual_host(servers: StackUrls, name: str) -> str:
    """The URL of a fresh virtual host."""
    async with httpx.AsyncClient(
        base_url=servers.rabbitmq_management_url or "", auth=GUEST, trust_env=False
    ) as api:
        (await api.put(f"/api/vhosts/{name}")).raise_for_status()
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        granted = await api.put(f"/api/permissions/{name}/guest", json=everything)
        granted.raise_for_status()
    return urlsplit(servers.rabbitmq_url)._replace(path=f"/{name}").geturl()
