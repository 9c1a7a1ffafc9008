"""A process' settings, read from the environment once, with all that is wrong told at once."""

from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from payments_common.errors import Misconfigured

Settings = TypeVar("Settings", bound=BaseSettings)


def read_settings(model: type[Settings]) -> Settings:
    """Raises Misconfigured that names every setting that is missing or wrong."""
    try:
        return model()
    except ValidationError as error:
        lines = [
            f"PAYMENTS_{str(each['loc'][0]).upper()}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise Misconfigured("these settings are not right:\n  " + "\n  ".join(lines)) from None
