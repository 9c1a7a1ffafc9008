"""Carries faults out from outside: signals, servers, management; the services are not asked."""

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import httpx
import pymongo
from pymongo.errors import PyMongoError

from chaos.faults import BROKER, DATABASE, Fault, Kind
from local_stack.server import Server
from payments_demo.service import Service, ServiceDied
from support.estate import Estate

# A service waits for a broker or a database that is away when it starts.
START_SECONDS = 120.0

Tell = Callable[[str], None]


async def carry_out(faults: Sequence[Fault], on: Estate, *, tell: Tell) -> list[str]:
    """Returns, after the last fault and with everything running again, what went wrong in it."""
    started = time.monotonic()
    of_victim: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        of_victim[fault.victim].append(fault)
    wrong: list[str] = []

    async def befall(its: Sequence[Fault]) -> None:
        for fault in its:
            await asyncio.sleep(max(0.0, started + fault.at_seconds - time.monotonic()))
            tell(f"{time.monotonic() - started:6.1f} s  {fault}")
            try:
                await asyncio.to_thread(_harm, fault, on)
            except ServiceDied as error:
                wrong.append(f"after {fault}: {error}")
            tell(f"{time.monotonic() - started:6.1f} s  {fault.victim} is back")

    await asyncio.gather(*(befall(its) for its in of_victim.values()))
    return wrong


def _harm(fault: Fault, on: Estate) -> None:
    if fault.victim == BROKER:
        _harm_broker(fault, on)
    elif fault.victim == DATABASE:
        _harm_database(fault, on)
    else:
        _harm_service(fault, on.services[fault.victim])


def _harm_service(fault: Fault, service: Service) -> None:
    match fault.kind:
        case Kind.KILL:
            service.kill()
        case Kind.FREEZE:
            os.kill(service.process_id, signal.SIGSTOP)
            time.sleep(fault.for_seconds)
            os.kill(service.process_id, signal.SIGCONT)
            return
        case _:
            service.stop()
    time.sleep(fault.for_seconds)
    service.start(within_seconds=START_SECONDS)


def _harm_broker(fault: Fault, on: Estate) -> None:
    if fault.kind is Kind.CLOSE_CONNECTIONS:
        close_connections(on.servers.urls.rabbitmq_management_url or "")
    else:
        _harm_server(fault, on.servers.rabbitmq)


def _harm_database(fault: Fault, on: Estate) -> None:
    if fault.kind is Kind.STEP_DOWN:
        step_down(on.urls.mongodb, seconds=max(1, round(fault.for_seconds)))
    else:
        _harm_server(fault, on.servers.mongodb)


def _harm_server(fault: Fault, server: Server) -> None:
    match fault.kind:
        case Kind.KILL:
            server.kill()
        case Kind.FREEZE:
            server.suspend()
            time.sleep(fault.for_seconds)
            server.resume()
            return
        case _:
            server.stop()
    time.sleep(fault.for_seconds)
    server.restart()


def close_connections(management_url: str) -> None:
    """As an operator does from the management page, or a rolling restart of a proxy."""
    with httpx.Client(
        base_url=management_url, auth=("guest", "guest"), trust_env=False, timeout=20
    ) as management:
        for connection in management.get("/api/connections").raise_for_status().json():
            management.delete(f"/api/connections/{connection['name']}")


def step_down(mongodb_url: str, *, seconds: int) -> None:
    """There is no primary for so long; the only member then elects itself again."""
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
        mongodb_url, serverSelectionTimeoutMS=5000
    )
    with client:
        try:
            client.admin.command(
                {"replSetStepDown": seconds, "secondaryCatchUpPeriodSecs": 0, "force": True}
            )
        except PyMongoError:  # it may close the connection on which it was told
            return
