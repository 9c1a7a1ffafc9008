"""The servers themselves go away for a while: the database has no primary, the broker restarts."""

import asyncio

from simulation.processes import BROKER, DATABASE
from simulation.services import Estate

PROBABILITY = 0.12
LATEST_SECONDS = 60.0
LONGEST_SECONDS = 40.0


async def outages(estate: Estate) -> None:
    """At most one of each in a run."""
    await asyncio.gather(_outage(estate, DATABASE), _outage(estate, BROKER))


async def _outage(estate: Estate, server: str) -> None:
    chance, name = estate.chance, f"outage of {server}"
    await asyncio.sleep(chance.draw(f"{name}|when") * LATEST_SECONDS)
    if not chance.strikes(name, PROBABILITY):
        return
    seconds = chance.draw(f"{name}|long") * LONGEST_SECONDS
    chance.tell(f"{server} is away for {seconds:.1f} s", name=name)
    chance.away.add(server)
    if server == BROKER:
        for broker in estate.brokers:
            broker.interrupt()
    await asyncio.sleep(seconds)
    chance.away.discard(server)
