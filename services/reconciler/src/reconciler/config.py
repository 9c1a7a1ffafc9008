"""The reconciler's settings, read once in `__main__`; deploy/env.example names them all."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from payments_common.process.settings import read_settings


class Settings(BaseSettings):
    """The URLs are secret: they may hold passwords."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="PAYMENTS_", extra="ignore")

    rabbitmq_url: SecretStr
    mongodb_url: SecretStr
    mongodb_database: str = "payments"
    accounts_file: Path
    reconciler_host: str = "127.0.0.1"
    reconciler_port: Annotated[int, Field(ge=0, le=65535)] = 8082
    reconciler_concurrency: Annotated[int, Field(ge=1, le=200)] = 10
    reconciler_lease_seconds: Annotated[float, Field(ge=1, le=3600)] = 120.0
    log_level: str = "info"


def load_settings() -> Settings:
    """Raises Misconfigured that names every setting that is missing or wrong."""
    return read_settings(Settings)
