"""Whether containers can be had: a Docker engine answers, and so do the images."""

import socket
from dataclasses import dataclass

from docker.errors import (  # type: ignore[import-untyped] # it comes without type information
    DockerException,
    ImageNotFound,
)
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient, get_docker_host

from local_stack.advice import START_DOCKER
from local_stack.progress import Report

RABBITMQ_IMAGE = "rabbitmq:3.13"
MONGODB_IMAGE = "mongo:6.0"
PING_SECONDS = 2
DEFAULT_SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True)
class Obstacle:
    """Why there are no containers, and the command that would help."""

    reason: str
    command: str


def needed_images(*, rabbitmq: bool, mongodb: bool) -> tuple[str, ...]:
    """The servers' images, and that of the reaper which ends containers of a killed owner."""
    wanted = [RABBITMQ_IMAGE] * rabbitmq + [MONGODB_IMAGE] * mongodb
    if not testcontainers_config.ryuk_disabled:
        wanted.append(testcontainers_config.ryuk_image)
    return tuple(wanted)


def obstacle_to_containers(*, images: tuple[str, ...], report: Report) -> Obstacle | None:
    """What stands against containers, or None; pulls images that are missing."""
    if not engine_answers():
        return Obstacle("no Docker engine answers", START_DOCKER)
    for image in images:
        if reason := _why_no_image(image, report=report):
            return Obstacle(reason, f"docker pull {image}")
    return None


def engine_answers(host: str | None = None) -> bool:
    """Whether the engine that testcontainers would use answers a ping within two seconds."""
    engine = host or get_docker_host() or f"unix://{DEFAULT_SOCKET}"
    if engine.startswith("unix://") and not _socket_answers(engine.removeprefix("unix://")):
        return False
    try:
        DockerClient(timeout=PING_SECONDS).client.ping()
    except (DockerException, OSError):
        return False
    return True


def _socket_answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PING_SECONDS)
        try:
            connection.connect(path)
        except OSError:
            return False
    return True


def _why_no_image(image: str, *, report: Report) -> str | None:
    images = DockerClient().client.images
    try:
        images.get(image)
    except ImageNotFound:
        report(f"Pulling {image}")
        try:
            images.pull(image)
        except (DockerException, OSError) as problem:
            return f"the image {image} cannot be pulled ({problem})"
    except (DockerException, OSError) as problem:
        return f"the Docker engine refuses ({problem})"
    return None
