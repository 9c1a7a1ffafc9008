"""The `payments` command for operators and support staff.

What other services add to it is found by entry points of the group `payments.commands`.
"""

import sys
from importlib.metadata import entry_points

import typer

from payment_orchestrator.entrypoints.cli import accounts, breakers, operations, orders, webhooks
from payments_common.telemetry import logs

COMMANDS = "payments.commands"

app = typer.Typer(
    no_args_is_help=True, help="Gateway accounts, their webhooks, orders and operations."
)
app.add_typer(accounts.app, name="accounts")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(orders.app, name="orders")
app.add_typer(operations.app, name="operations")
app.add_typer(breakers.app, name="breakers")
for command in entry_points(group=COMMANDS):
    app.add_typer(command.load(), name=command.name)


def main() -> None:
    """Keeps the services' log lines out of what a command prints."""
    logs.configure("payments", stream=sys.stderr, level="error")
    app()


if __name__ == "__main__":
    main()
