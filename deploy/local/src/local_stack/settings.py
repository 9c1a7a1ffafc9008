"""What the environment says about the stack."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from local_stack.errors import StackError

RABBITMQ_VARIABLE = "PAYMENTS_RABBITMQ_URL"
MONGODB_VARIABLE = "PAYMENTS_MONGODB_URL"
MODE_VARIABLE = "LOCAL_STACK_MODE"


class Mode(StrEnum):
    """How servers that were not given by URL are started."""

    AUTO = "auto"
    DOCKER = "docker"
    BINARIES = "binaries"


@dataclass(frozen=True)
class Settings:
    """URLs given by the environment, and the mode for the rest."""

    rabbitmq_url: str | None
    mongodb_url: str | None
    mode: Mode

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """An empty variable counts as none; raises StackError for an unknown mode."""
        mode = environment.get(MODE_VARIABLE) or Mode.AUTO
        if mode not in list(Mode):
            known = ", ".join(Mode)
            raise StackError(f"{MODE_VARIABLE} is {mode!r}; it must be one of {known}")
        return cls(
            rabbitmq_url=environment.get(RABBITMQ_VARIABLE) or None,
            mongodb_url=environment.get(MONGODB_VARIABLE) or None,
            mode=Mode(mode),
        )
