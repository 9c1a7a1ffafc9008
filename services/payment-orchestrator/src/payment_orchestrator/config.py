"""The orchestrator's settings, read once in `__main__`; deploy/env.example names them all."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from payments_common.process.settings import read_settings

SHORTEST_KEY_BYTES = 32
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
"""As a browser sends it: lower case, no path. `*` is none."""


class Settings(BaseSettings):
    """The URLs are secret: they may hold passwords."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="PAYMENTS_", extra="ignore")

    rabbitmq_url: SecretStr
    mongodb_url: SecretStr
    mongodb_database: str = "payments"
    accounts_file: Path
    orchestrator_host: str = "127.0.0.1"
    orchestrator_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    orchestrator_prefetch: Annotated[int, Field(ge=1, le=1000)] = 32
    orchestrator_max_connections: Annotated[int, Field(ge=1, le=100_000)] = 900
    log_level: str = "info"

    status_token_keys: SecretStr = SecretStr("")
    status_token_days: Annotated[int, Field(ge=1, le=400)] = 30
    status_origins: str = ""
    status_refresh_seconds: Annotated[float, Field(gt=0, le=30)] = 4.0
    status_refresh_pause_seconds: Annotated[float, Field(gt=0, le=600)] = 5.0
    status_refreshes: Annotated[int, Field(ge=1, le=1000)] = 10
    status_waiting: Annotated[int, Field(ge=0, le=100_000)] = 500
    status_requests_per_order: Annotated[int, Field(ge=1)] = 120
    status_requests_per_peer: Annotated[int, Field(ge=1)] = 600
    status_proxies: str = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"

    def token_keys(self) -> list[bytes]:
        """The first signs; none where no tokens are to be given out."""
        return [key.encode() for key in _listed(self.status_token_keys.get_secret_value())]

    def allowed_origins(self) -> list[str]:
        return _listed(self.status_origins)

    def proxy_networks(self) -> list[IPv4Network | IPv6Network]:
        return [ip_network(each) for each in _listed(self.status_proxies)]

    @field_validator("status_token_keys")
    @classmethod
    def _keys_are_long(cls, keys: SecretStr) -> SecretStr:
        for number, key in enumerate(_listed(keys.get_secret_value()), start=1):
            if len(key.encode()) < SHORTEST_KEY_BYTES:
                raise ValueError(f"key {number} is shorter than {SHORTEST_KEY_BYTES} bytes")
        return keys

    @field_validator("status_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        for each in _listed(origins):
            if not ORIGIN.fullmatch(each):
                raise ValueError(f"{each!r} is no origin such as https://shop.example.com")
        return origins

    @field_validator("status_proxies")
    @classmethod
    def _are_networks(cls, proxies: str) -> str:
        for each in _listed(proxies):
            ip_network(each)
        return proxies


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def load_settings() -> Settings:
    """Raises Misconfigured that names every setting that is missing or wrong."""
    return read_settings(Settings)
