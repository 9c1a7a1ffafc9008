#!/usr/bin/env python
"""Puts secrets from files into the environment, then becomes the service.

PAYMENTS_RABBITMQ_PASSWORD_FILE names the file that holds the password for PAYMENTS_RABBITMQ_URL,
and likewise for any other URL; PAYMENTS_STATUS_TOKEN_KEYS_FILE holds PAYMENTS_STATUS_TOKEN_KEYS.
So no secret shows in `docker inspect` or in a compose file.
Without arguments, or with options only, it becomes the service that SERVICE names; else it
becomes the command given: `with-secrets payments orders show order-1`.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

PASSWORD_FILE = "_PASSWORD_FILE"  # noqa: S105 - the end of a variable's name
KEYS_FILE = "_KEYS_FILE"


def completed(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with complete URLs; raises ValueError that names the variable at fault."""
    result = dict(environ)
    for name in sorted(environ):
        if name.startswith("PAYMENTS_") and name.endswith(PASSWORD_FILE):
            url_name = name.removesuffix(PASSWORD_FILE) + "_URL"
            password = _content(name, Path(result.pop(name)))
            result[url_name] = _with_password(url_name, environ.get(url_name, ""), password)
        elif name.startswith("PAYMENTS_") and name.endswith(KEYS_FILE):
            result[name.removesuffix("_FILE")] = _content(name, Path(result.pop(name)))
    return result


def _content(name: str, path: Path) -> str:
    try:
        content = path.read_text().strip()
    except OSError as error:
        raise ValueError(f"{name}: {path} cannot be read: {error.strerror}") from error
    if not content:
        raise ValueError(f"{name}: {path} is empty")
    return content


def _with_password(name: str, url: str, password: str) -> str:
    # Not urlsplit: a MongoDB URL may name several hosts, each with its port.
    scheme, separator, rest = url.partition("://")
    user, at_sign, place = rest.partition("@")
    if not (separator and user and at_sign) or ":" in user:
        raise ValueError(f"{name} must be like amqp://user@host/, with a user and no password")
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"


def command(arguments: Sequence[str], service: str) -> list[str]:
    """What to become."""
    if arguments and not arguments[0].startswith("-"):
        return list(arguments)
    if not service:
        raise ValueError("SERVICE is not set: name a distribution, for example webhook-ingress")
    return ["python", "-m", service.replace("-", "_"), *arguments]


def main() -> None:
    try:
        words = command(sys.argv[1:], os.environ.get("SERVICE", ""))
        environment = completed(os.environ)
    except ValueError as error:
        sys.exit(str(error))
    os.execvpe(words[0], words, environment)  # noqa: S606 - becoming the command is its purpose


if __name__ == "__main__":
    main()
