"""The `payments` command for operators and support staff.

What it can do is what the services that are installed here add to it, by entry points of the group
`payments.commands`. It needs the extra `service` of this distribution.
"""

import sys
from importlib.metadata import entry_points

import typer

from payments_common.telemetry import logs

COMMANDS = "payments.commands"

app = typer.Typer(
    no_args_is_help=True,
    help="Accounts, their gateways and webhooks, orders, operations, reconciliation.",
)
for command in sorted(entry_points(group=COMMANDS), key=lambda each: each.name):
    app.add_typer(command.load(), name=command.name)


def main() -> None:
    """Keeps the services' log lines out of what a command prints."""
    logs.configure("payments", stream=sys.stderr, level="error")
    app()


if __name__ == "__main__":
    main()
