"""The ingress's settings, read once at start; every problem is reported in one go."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from payments_common.config import Account, load_accounts
from payments_common.errors import Misconfigured

PREFIX = "PAYMENTS_INGRESS_"
# Base64 and the envelope around it must stay below the largest message that consumers read.
LARGEST_BODY_BYTES = 640 * 1024

Count = Annotated[int, Field(ge=1, le=100_000)]
Seconds = Annotated[float, Field(gt=0, le=600)]


class IngressConfig(BaseSettings):
    """Environment variables PAYMENTS_INGRESS_…, and the two that all services share."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    rabbitmq_url: SecretStr = Field(validation_alias="PAYMENTS_RABBITMQ_URL")
    accounts_file: Path = Field(validation_alias="PAYMENTS_ACCOUNTS_FILE")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    max_body_bytes: Annotated[int, Field(ge=1, le=LARGEST_BODY_BYTES)] = 256 * 1024
    max_body_chunks: Count = 1024
    body_timeout_seconds: Seconds = 5.0

    max_connections: Count = 900
    keepalive_seconds: Seconds = 15.0
    lingering_seconds: Seconds = 1.0
    unread_answer_seconds: Seconds = 15.0

    confirm_timeout_seconds: Seconds = 10.0
    retry_after_seconds: Seconds = 5.0

    refused_per_second: Annotated[float, Field(gt=0, le=1000)] = 10.0
    refused_burst: Count = 50
    refused_in_flight: Count = 64
    refused_body_bytes: Annotated[int, Field(ge=0, le=LARGEST_BODY_BYTES)] = 64 * 1024

    drain_seconds: Annotated[float, Field(ge=0, le=600)] = 1.0
    stop_seconds: Seconds = 20.0

    @field_validator("rabbitmq_url")
    @classmethod
    def _is_amqp(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("amqp://", "amqps://")):
            raise ValueError("must start with amqp:// or amqps://")
        return url


def read_config(environ: Mapping[str, str] = os.environ) -> tuple[IngressConfig, list[Account]]:
    """The settings and the accounts, whose API keys stay unread: the ingress calls no gateway.

    Raises Misconfigured that lists every problem by its variable and shows no value.
    """
    problems = _unknown(environ)
    config: IngressConfig | None = None
    try:
        config = IngressConfig(**_given(environ))
    except ValidationError as error:
        problems += [
            f"{_variable(each['loc'])}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        ]
    accounts: Mapping[str, Account] = {}
    path = environ.get("PAYMENTS_ACCOUNTS_FILE")
    if path:
        try:
            accounts = load_accounts(Path(path), environ=environ, credentials=False)
        except Misconfigured as error:
            problems.append(str(error))
    if config is None or problems:
        raise Misconfigured("\n".join(["the ingress cannot start:", *problems]))
    return config, list(accounts.values())


def _given(environ: Mapping[str, str]) -> dict[str, Any]:
    """The variables as the model names them; given so, they come before the process's own."""
    given = {}
    for name, field in IngressConfig.model_fields.items():
        variable = str(field.validation_alias or PREFIX + name.upper())
        if variable in environ:
            given[str(field.validation_alias or name)] = environ[variable]
    return given


def _unknown(environ: Mapping[str, str]) -> list[str]:
    known = {PREFIX + name.upper() for name in IngressConfig.model_fields}
    return [
        f"{name}: there is no such setting; is it misspelt?"
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known
    ]


def _variable(place: tuple[int | str, ...]) -> str:
    name = str(place[0]) if place else "settings"
    return name if name.startswith("PAYMENTS_") else PREFIX + name.upper()
