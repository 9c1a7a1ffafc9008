"""Options and arguments that several commands have, and how a time is typed."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

AccountsFile = Annotated[
    Path, typer.Option(envvar="PAYMENTS_ACCOUNTS_FILE", help="The accounts file.")
]
OptionalMongoUrl = Annotated[
    str | None,
    typer.Option(
        envvar="PAYMENTS_MONGODB_URL",
        show_envvar=True,
        help="MongoDB's URL; without it no call is recorded and nothing is looked up.",
    ),
]
MongoUrl = Annotated[str, typer.Option(envvar="PAYMENTS_MONGODB_URL", help="MongoDB's URL.")]
RabbitUrl = Annotated[str, typer.Option(envvar="PAYMENTS_RABBITMQ_URL", help="RabbitMQ's URL.")]
Database = Annotated[str, typer.Option(envvar="PAYMENTS_MONGODB_DATABASE")]
AccountNames = Annotated[
    list[str] | None, typer.Argument(metavar="[ACCOUNT]...", help="All of them if none is named.")
]


class Form(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def moment(text: str) -> datetime:
    """An ISO 8601 time; UTC where it names no zone, and the day's beginning for a bare date."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no ISO 8601 time such as 2026-11-23 or 2026-11-23T09:00:00Z"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
