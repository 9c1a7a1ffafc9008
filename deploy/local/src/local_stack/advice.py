"""The one command that would help where a server cannot be provided."""

import shutil
from collections.abc import Callable

Find = Callable[[str], str | None]
START_DOCKER = "sudo systemctl start docker"


def command_for_rabbitmq(find: Find = shutil.which) -> str:
    """Install it by the system's package manager, else start Docker, else name a URL."""
    for manager in ("apt-get", "dnf", "brew"):
        if find(manager):
            sudo = "" if manager == "brew" else "sudo "
            package = "rabbitmq" if manager == "brew" else "rabbitmq-server"
            return f"{sudo}{manager} install {package}"
    if find("docker"):
        return START_DOCKER
    return "export PAYMENTS_RABBITMQ_URL=amqp://USER:PASSWORD@HOST:5672/"


def command_for_mongodb(find: Find = shutil.which) -> str:
    """Few systems package a MongoDB server: start or install Docker, else name a URL."""
    if find("docker"):
        return START_DOCKER
    if find("apt-get"):
        return "sudo apt-get install docker.io"
    return "export PAYMENTS_MONGODB_URL='mongodb://HOST:27017/?replicaSet=NAME'"


def command_for_chromium(find: Find = shutil.which) -> str:
    """Install a browser by the system's package manager."""
    for manager in ("apt-get", "dnf"):
        if find(manager):
            return f"sudo {manager} install chromium"
    return "brew install --cask chromium"
