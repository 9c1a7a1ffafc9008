"""`demo` tells the story and ends; `up` keeps the house open behind you until `down`."""

import asyncio
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local_stack.errors import StackError
from payments_demo import background
from payments_demo.demo import tell_story
from payments_demo.house import House
from payments_demo.service import ServiceDied
from payments_demo.story import StoryFailed

app = typer.Typer(no_args_is_help=True, help="The whole house on this machine.")
console = Console()
Folder = Annotated[Path, typer.Option(help="Where logs and state are kept.")]
DEFAULT_FOLDER = Path(".local/house")


def _report(line: str) -> None:
    console.print(f"[cyan]…[/cyan] {line}")


@app.command()
def demo() -> None:
    """Start everything, live through five orders, compare with the ledger, stop everything."""
    with House(report=_report) as house:
        agree = asyncio.run(tell_story(house.urls, environment=house.environment, console=console))
    if not agree:
        console.print("[red]The orders and the gateway's ledger do not agree.[/red]")
        raise typer.Exit(1)
    console.print("[green]Orders and ledger agree to the minor unit.[/green]")


@app.command()
def run(folder: Folder = DEFAULT_FOLDER) -> None:
    """Keep the house open in the foreground until Ctrl-C or SIGTERM."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with House(report=_report, folder=folder) as house, background.announced(house, folder):
        stopping.wait()
        _report("Stopping")


@app.command()
def up(folder: Folder = DEFAULT_FOLDER) -> None:
    """Start everything behind you, register the webhooks, make orders to click through."""
    urls = background.start(folder, report=_report)
    pages = asyncio.run(background.fill_shop(urls))
    console.print(background.welcome(urls, pages, folder), soft_wrap=True)


@app.command()
def down(folder: Folder = DEFAULT_FOLDER) -> None:
    """End what `up` started."""
    console.print("Stopped." if background.stop(folder) else "Nothing was running.")


def main() -> int:
    try:
        app(standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except (StackError, ServiceDied, StoryFailed, background.HouseError) as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
