"""The command: `up` runs a stack until it is told to end, `install` only fetches programs."""

import json
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from local_stack import chromium
from local_stack.binaries import mongodb_binaries, rabbitmq_binaries
from local_stack.cache import cache_folder
from local_stack.errors import StackError
from local_stack.progress import print_to_stderr
from local_stack.settings import MONGODB_VARIABLE, RABBITMQ_VARIABLE
from local_stack.stack import LocalStack, StackUrls

app = typer.Typer(
    help="A real RabbitMQ and a real MongoDB on free ports, gone when you are done.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def up(
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of export lines.")
    ] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option(help="End also when standard input is closed.")
    ] = False,
    management: Annotated[
        bool, typer.Option(help="Turn on RabbitMQ's management API and metrics.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where to put the servers' data until the end.")
    ] = None,
) -> None:
    """Start both servers, print their URLs, and run until Ctrl-C or SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, _end_on_signal)
    plugins = ("rabbitmq_management", "rabbitmq_prometheus") if management else ()
    try:
        with LocalStack.start(folder=folder, plugins=plugins) as stack:
            typer.echo(describe(stack.urls, as_json=as_json))
            sys.stdout.flush()
            if until_stdin_closes:
                sys.stdin.read()
            else:
                ended.wait()
    except StackError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    except KeyboardInterrupt:
        print_to_stderr("Stopped; no process and no file is left")


@app.command()
def install(
    *,
    with_browser: Annotated[
        bool, typer.Option(help="Fetch a Chromium for browser tests, too.")
    ] = False,
) -> None:
    """Fetch the programs this machine lacks into the user's cache; the system stays as it is."""
    cache = cache_folder(os.environ)
    try:
        rabbitmq = rabbitmq_binaries(cache=cache, report=print_to_stderr)
        typer.echo(f"RabbitMQ: {rabbitmq.home}")
        mongodb = mongodb_binaries(cache=cache, report=print_to_stderr)
        typer.echo(f"MongoDB: {mongodb.mongod}")
        if with_browser:
            typer.echo(f"Chromium: {chromium.executable().executable}")
    except StackError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem


def describe(urls: StackUrls, *, as_json: bool) -> str:
    """The URLs as one JSON object, or as lines a shell can evaluate."""
    if as_json:
        return json.dumps(asdict(urls))
    lines = [
        f"export {RABBITMQ_VARIABLE}={urls.rabbitmq_url}",
        f"export {MONGODB_VARIABLE}='{urls.mongodb_url}'",
    ]
    if urls.rabbitmq_management_url:
        lines.append(f"# RabbitMQ management: {urls.rabbitmq_management_url} (guest, guest)")
    if urls.rabbitmq_prometheus_url:
        lines.append(f"# RabbitMQ metrics: {urls.rabbitmq_prometheus_url}/metrics")
    return "\n".join(lines)


def _end_on_signal(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
