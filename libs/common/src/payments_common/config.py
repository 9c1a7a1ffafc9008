"""The accounts file: which gateway accounts there are. Secrets come from files or environment."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from payments_common.errors import Misconfigured

Url = Annotated[str, Field(pattern=r"^https?://[^\s]+[^/]$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class SecretSource(BaseModel):
    """Where a secret is found: `{ file = "/run/secrets/…" }` or `{ env = "TABBY_KSA_KEY" }`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "SecretSource":
        if (self.file is None) == (self.env is None):
            raise ValueError("name either a file or an env, not both")
        return self

    def read(self, environ: Mapping[str, str]) -> SecretStr | None:
        """None where there is nothing; surrounding white space is not part of a secret."""
        if self.env is not None:
            text = environ.get(self.env, "")
        else:
            text = self.file.read_text() if self.file and self.file.is_file() else ""
        return SecretStr(text.strip()) if text.strip() else None


class AccountSettings(BaseModel):
    """One account as written in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: Name
    base_url: Url
    webhook_url: Url | None = None
    options: Mapping[str, str] = {}
    credentials: Mapping[str, SecretSource] = {}
    webhook_secrets: Mapping[Name, SecretSource] = {}
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    max_concurrent_calls: Annotated[int, Field(ge=1, le=1000)] = 20
    calls_per_second: Annotated[float, Field(gt=0)] = 50.0


class Account(BaseModel):
    """Our credentials with a gateway, secrets included; they are masked wherever it is printed.

    `webhook_url` is where the gateway's webhooks reach us, as the gateway is told.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    gateway: str
    base_url: str
    webhook_url: str | None = None
    options: Mapping[str, str]
    credentials: Mapping[str, SecretStr]
    webhook_secrets: Mapping[str, SecretStr]
    timeout_seconds: float
    max_concurrent_calls: int
    calls_per_second: float


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    webhook_base_url: Url | None = None
    accounts: Mapping[Name, AccountSettings]

    def webhook_url(self, name: str) -> str | None:
        if self.accounts[name].webhook_url or self.webhook_base_url is None:
            return self.accounts[name].webhook_url
        return f"{self.webhook_base_url}/webhooks/{name}"


def load_accounts(
    path: Path, *, environ: Mapping[str, str] = os.environ, credentials: bool = True
) -> dict[str, Account]:
    """Reads the accounts file; `credentials=False` leaves the API keys unread, for the ingress.

    A webhook secret that is named but not there closes that account's webhooks and nothing else.
    Raises Misconfigured that lists every problem at once and shows no secret.
    """
    settings = _read(path)
    problems: list[str] = []
    accounts = {}
    for name, each in settings.accounts.items():
        found = {key: source.read(environ) for key, source in each.credentials.items()}
        if credentials:
            problems += [
                f"accounts.{name}.credentials.{key}: {_place(each.credentials[key])} is empty"
                for key, value in found.items()
                if value is None
            ]
        webhook_secrets = {key: s.read(environ) for key, s in each.webhook_secrets.items()}
        accounts[name] = Account(
            name=name,
            **each.model_dump(exclude={"credentials", "webhook_secrets", "webhook_url"}),
            webhook_url=settings.webhook_url(name),
            credentials={k: v for k, v in found.items() if v is not None} if credentials else {},
            webhook_secrets={k: v for k, v in webhook_secrets.items() if v is not None},
        )
    if problems:
        raise Misconfigured(f"{path}:\n  " + "\n  ".join(problems))
    return accounts


def _read(path: Path) -> _File:
    try:
        content: Any = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise Misconfigured(
            f"{path} is not there; copy deploy/accounts.example.toml and name your accounts"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path} is not TOML: {error}") from None
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise Misconfigured(f"{path}:\n  " + "\n  ".join(lines)) from None


def _place(source: SecretSource) -> str:
    return f"environment variable {source.env}" if source.env else f"file {source.file}"
