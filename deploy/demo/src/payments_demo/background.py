"""A house that runs behind the terminal: started, found again, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from payments_demo.house import ENVIRONMENT, House, Report, Urls
from payments_demo.shop_orders import shop_url
from payments_demo.story import parts, storyteller

START_SECONDS = 600.0
STOP_SECONDS = 60.0
STATE = "house.json"
LOG = "house.log"


class HouseError(RuntimeError):
    """The house could not be started or stopped; the message says what to do."""


@contextmanager
def announced(house: House, folder: Path) -> Iterator[None]:
    """Leaves the URLs where `up` and `down` find them, while the house is open."""
    state = {"process_id": os.getpid(), "urls": asdict(house.urls)}
    partly = folder / f"{STATE}.partly"
    partly.write_text(json.dumps(state))
    partly.rename(folder / STATE)
    try:
        yield
    finally:
        (folder / STATE).unlink(missing_ok=True)


def start(folder: Path, *, report: Report) -> Urls:
    """Returns when everything answers; shows what the house reports meanwhile."""
    if _running(folder) is not None:
        raise HouseError(f"a house is open already ({folder / STATE}); `make down` ends it")
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / LOG
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "payments_demo", "run", "--folder", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    shown = 0
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        lines = log.read_text(errors="replace").splitlines()
        for line in lines[shown:]:
            report(line.removeprefix("… "))
        shown = len(lines)
        if (folder / STATE).exists():
            return Urls(**json.loads((folder / STATE).read_text())["urls"])
        if process.poll() is not None:
            raise HouseError(f"the house did not start; see {log}")
        time.sleep(0.2)
    process.terminate()
    raise HouseError(f"the house was not ready within {START_SECONDS:g} s; see {log}")


def stop(folder: Path) -> bool:
    """False when nothing was running."""
    process_id = _running(folder)
    if process_id is None:
        return False
    os.kill(process_id, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not _is_alive(process_id):
            return True
        time.sleep(0.1)
    raise HouseError(f"process {process_id} did not end within {STOP_SECONDS:g} s")


async def fill_shop(urls: Urls) -> dict[str, str]:
    """Registers the webhooks and puts an order for each gateway in the shop: pages by reference."""

    def quiet(_title: str, _text: str) -> None:
        return

    async def go_on(_: str) -> None:
        return

    async with storyteller(urls, tell=quiet, pause=go_on) as story:
        await story.register_webhooks()
        lamp, _, _, vase, ouds = parts()
        return {part.order_reference: await story.put_in_shop(part) for part in (lamp, vase, ouds)}


def welcome(urls: Urls, pages: Mapping[str, str], folder: Path) -> str:
    lines = "\n".join(f"  {reference}            {page}" for reference, page in pages.items())
    order_reference = next(iter(pages))
    return f"""
The house is open, and so is its shop:

  demo shop              {shop_url(urls)}

Pay there with Tabby (the code is 8888), Tamara or MyFatoorah, and see how you come back:

{lines}

  gateway sandbox        {urls.sandbox}/dashboard
  webhook-ingress        {urls.ingress}/metrics
  payment-orchestrator   {urls.orchestrator}/metrics
  reconciler             {urls.reconciler}/metrics
  RabbitMQ               {urls.rabbitmq}
  MongoDB                {urls.mongodb}   database {urls.mongodb_database}

Be its operator in this terminal:

  . {folder / ENVIRONMENT}
  .venv/bin/payments orders show {order_reference}
  .venv/bin/payments accounts check
  .venv/bin/payments webhooks sync --dry-run

`make down` ends it."""


def _running(folder: Path) -> int | None:
    try:
        process_id = int(json.loads((folder / STATE).read_text())["process_id"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return process_id if _is_alive(process_id) else None


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
