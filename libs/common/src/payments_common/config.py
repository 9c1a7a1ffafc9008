"""The accounts file: which gateway accounts there are. Secrets come from files or environment."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from payments_common.errors import Misconfigured

Url = Annotated[str, Field(pattern=r"^https?://[^\s]+[^/]$")]
PositiveSeconds = Annotated[float, Field(gt=0)]
POLLS = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0, 86400.0, 172800.0, 345600.0, 604800.0)
"""When an order is asked about after its session's expiry: at first soon, at last after a week."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class Remedy(StrEnum):
    """What is done by itself about a payment that comes too late or once too often."""

    ACCEPT = "accept"
    VOID_OR_REFUND = "void_or_refund"
    HOLD = "hold"


class SecretSource(BaseModel):
    """Where a secret is found: `{ file = "/run/secrets/…" }` or `{ env = "TABBY_KSA_KEY" }`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _not_inline(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(  # noqa: TRY004 - pydantic makes a problem of it
                "it is written into this file; name its place, { env = … } or { file = … }, and "
                "replace it, since whoever sees the file has it"
            )
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> "SecretSource":
        if (self.file is None) == (self.env is None):
            raise ValueError("name either a file or an env, not both")
        return self

    def read(self, environ: Mapping[str, str]) -> SecretStr | None:
        """None where there is nothing to read; white space around it is not part of a secret."""
        text = environ.get(self.env, "") if self.env is not None else self._content()
        return SecretStr(text.strip()) if text.strip() else None

    def _content(self) -> str:
        try:
            return self.file.read_text() if self.file and self.file.is_file() else ""
        except (OSError, UnicodeDecodeError):
            return ""


class AccountSettings(BaseModel):
    """One account as written in the file.

    `calls_per_second` and `sessions_per_second` are for all processes together. `breaker_failures`
    in a row open its breaker for `breaker_open_seconds`; after it, money moves at
    `recovery_per_second`. While a session is open its order is polled every `poll_open_seconds`,
    then `poll_after_seconds` after its expiry. What the gateway knows of the last `list_days` is
    listed every `list_seconds`.
    """

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
    sessions_per_second: Annotated[float, Field(gt=0)] = 20.0
    recovery_per_second: Annotated[float, Field(gt=0)] = 2.0
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = 5
    breaker_open_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    poll_open_seconds: Annotated[float, Field(gt=0)] = 300.0
    poll_after_seconds: Annotated[tuple[PositiveSeconds, ...], Field(min_length=1)] = POLLS
    list_seconds: Annotated[float, Field(gt=0)] = 900.0
    list_days: Annotated[int, Field(ge=1, le=400)] = 3
    paid_late: Remedy = Remedy.HOLD
    paid_twice: Remedy = Remedy.HOLD


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
    sessions_per_second: float = 20.0
    recovery_per_second: float = 2.0
    breaker_failures: int = 5
    breaker_open_seconds: float = 30.0
    poll_open_seconds: float = 300.0
    poll_after_seconds: tuple[float, ...] = POLLS
    list_seconds: float = 900.0
    list_days: int = 3
    paid_late: Remedy = Remedy.HOLD
    paid_twice: Remedy = Remedy.HOLD


@dataclass(frozen=True, slots=True)
class Examined:
    """One account of the file and all that is wrong with it; `account` is None if unreadable.

    `closed` names webhook secrets that are not there: they stop no service from starting.
    """

    name: str
    account: Account | None
    problems: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    webhook_base_url: Url | None = None
    accounts: Mapping[str, Any]


def load_accounts(
    path: Path, *, environ: Mapping[str, str] = os.environ, credentials: bool = True
) -> dict[str, Account]:
    """Reads the accounts file; `credentials=False` leaves the API keys unread, for the ingress.

    A webhook secret that is named but not there closes that account's webhooks and nothing else.
    Raises Misconfigured that lists every problem at once and shows no secret.
    """
    examined = examine_accounts(path, environ, credentials=credentials)
    problems = [f"accounts.{each.name}.{problem}" for each in examined for problem in each.problems]
    if problems:
        raise Misconfigured(f"{path}:\n  " + "\n  ".join(problems))
    return {each.name: each.account for each in examined if each.account is not None}


def examine_accounts(
    path: Path, environ: Mapping[str, str] = os.environ, *, credentials: bool = True
) -> list[Examined]:
    """Every account on its own, so that what is wrong with one hides no other.

    Raises Misconfigured where the file itself is not readable.
    """
    file = _read(path)
    return [
        _examined(name, content, file=file, environ=environ, credentials=credentials)
        for name, content in file.accounts.items()
    ]


def _examined(
    name: str, content: Any, *, file: _File, environ: Mapping[str, str], credentials: bool
) -> Examined:
    try:
        TypeAdapter(Name).validate_python(name)
        settings = AccountSettings.model_validate(content)
    except ValidationError as error:
        return Examined(name, None, tuple(_lines(error)))
    named = settings.credentials if credentials else {}
    found = {key: source.read(environ) for key, source in named.items()}
    webhook_secrets = {key: s.read(environ) for key, s in settings.webhook_secrets.items()}
    default_url = f"{file.webhook_base_url}/webhooks/{name}" if file.webhook_base_url else None
    account = Account(
        name=name,
        **settings.model_dump(exclude={"credentials", "webhook_secrets", "webhook_url"}),
        webhook_url=settings.webhook_url or default_url,
        credentials=_present(found),
        webhook_secrets=_present(webhook_secrets),
    )
    return Examined(
        name,
        account,
        problems=tuple(_empty("credentials", named, found)),
        closed=tuple(_empty("webhook_secrets", settings.webhook_secrets, webhook_secrets)),
    )


def _present(found: Mapping[str, SecretStr | None]) -> dict[str, SecretStr]:
    return {key: value for key, value in found.items() if value is not None}


def _empty(
    table: str, sources: Mapping[str, SecretSource], found: Mapping[str, SecretStr | None]
) -> list[str]:
    return [
        f"{table}.{key}: {_place(source)}" for key, source in sources.items() if found[key] is None
    ]


def _read(path: Path) -> _File:
    try:
        content: Any = tomllib.loads(path.read_text())
    except FileNotFoundError:
        raise Misconfigured(
            f"{path} is not there; copy deploy/accounts.example.toml and name your accounts"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise Misconfigured(f"{path} is not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} cannot be read: {type(error).__name__}") from None
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        raise Misconfigured(f"{path}:\n  " + "\n  ".join(_lines(error))) from None
    if not file.accounts:
        raise Misconfigured(f"{path} names no account; see deploy/accounts.example.toml")
    return file


def _lines(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in each['loc']) or 'name'}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    ]


def _place(source: SecretSource) -> str:
    if source.env:
        return f"environment variable {source.env} is not set or empty"
    return f"file {source.file} is empty or cannot be read"
