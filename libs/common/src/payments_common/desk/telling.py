"""How commands speak: whole lines, nothing that commands a terminal, errors in words."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from payments_common.errors import GatewayRefusal, Misconfigured, NotSent, PaymentsError


def explained(error: BaseException) -> str:
    """What became of a call, for a person; of an error that is not ours only its name is safe."""
    match error:
        case GatewayRefusal():
            return f"the gateway refused: {error} ({error.code}, status {error.status})"
        case NotSent():
            return f"the gateway was not reached: {error}"
        case PaymentsError():
            return f"{error.code}: {error}"
        case _:
            return f"broken: {type(error).__name__}"


def problems_in(error: Misconfigured) -> list[str]:
    """Each line of what it lists, without the title above them."""
    title, *lines = str(error).splitlines()
    return [line.strip() for line in lines] or [title]


def told(text: str, *, style: str = "", error: bool = False) -> None:
    """Prints a line unbroken, however narrow the terminal, and nothing in it commands it."""
    Console(stderr=error, soft_wrap=True, highlight=False).print(Text(plain(text), style=style))


def plain(text: str) -> str:
    """A gateway's words may hold anything, also what a terminal obeys."""
    return "".join(c if c.isprintable() else " " for c in text)


def carry_out(work: Coroutine[Any, Any, None]) -> None:
    """Runs a command; an error of ours is told in one line and is exit status 1."""
    try:
        asyncio.run(work)
    except PaymentsError as error:
        message = Text.assemble((error.code, "red"), f": {error}")
        Console(stderr=True, soft_wrap=True, highlight=False).print(message)
        raise typer.Exit(1) from error
