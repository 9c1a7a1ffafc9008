"""The `payments` command as an operator calls it, with accounts in the sandbox."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from payments_common.desk.__main__ import app
from payments_demo import sandbox_keys

TABBY_WEBHOOK_SECRET = "tabby-webhook-secret-0001"
ENVIRON = {
    "TABBY_KEY": sandbox_keys.TABBY_SECRET_KEY,
    "TABBY_SECRET": TABBY_WEBHOOK_SECRET,
    "TAMARA_KEY": sandbox_keys.TAMARA_API_TOKEN,
    "TAMARA_SECRET": sandbox_keys.TAMARA_NOTIFICATION_TOKEN,
    "MYFATOORAH_KEY": sandbox_keys.MYFATOORAH_API_KEY,
    "MYFATOORAH_SECRET": sandbox_keys.MYFATOORAH_WEBHOOK_SECRET,
}
ACCOUNTS = """\
[accounts.tabby-ksa]
gateway = "tabby"
base_url = "SANDBOX"
options = { merchant_code = "SA" }
credentials = { secret_key = { env = "TABBY_KEY" } }
webhook_secrets = { current = { env = "TABBY_SECRET" } }

[accounts.tamara-ksa]
gateway = "tamara"
base_url = "SANDBOX"
credentials = { api_token = { env = "TAMARA_KEY" } }
webhook_secrets = { current = { env = "TAMARA_SECRET" } }

[accounts.myfatoorah-kwt]
gateway = "myfatoorah"
base_url = "SANDBOX"
options = { country = "KWT" }
credentials = { api_key = { env = "MYFATOORAH_KEY" } }
webhook_secrets = { current = { env = "MYFATOORAH_SECRET" } }
"""


@dataclass(frozen=True, slots=True)
class Told:
    """`text` is all that is printed, `stdout` what a program would read of it."""

    status: int
    text: str
    stdout: str


@dataclass(slots=True)
class Operator:
    """`path` is the accounts file; secrets are never told, whatever is asked."""

    path: Path
    sandbox_url: str

    def accounts(self, *, ingress_url: str | None = None, more: str = "") -> None:
        base = f'webhook_base_url = "{ingress_url}"\n' if ingress_url else ""
        self.path.write_text(base + ACCOUNTS.replace("SANDBOX", self.sandbox_url) + more)

    async def asks(
        self, *words: str, typed: str = "", without: str = "", **environ: str | None
    ) -> Told:
        """In a thread of its own: the command runs its own event loop."""
        given = {name: value for name, value in ENVIRON.items() if name != without}
        return await asyncio.to_thread(self._asks, words, typed, {**given, **environ})

    def _asks(self, words: tuple[str, ...], typed: str, environ: Mapping[str, str | None]) -> Told:
        given = {"PAYMENTS_ACCOUNTS_FILE": str(self.path), "PAYMENTS_MONGODB_URL": None, **environ}
        result = CliRunner().invoke(app, list(words), input=typed, env=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert not [name for name, value in ENVIRON.items() if value in result.output]
        return Told(result.exit_code, result.output, result.stdout)


def run_as_operator(
    command: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """A process of its own, as typed in a shell."""
    program, *arguments = command.split()
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
