"""Free ports below the range the kernel hands to clients.

A killed server must find its port free when it starts again, so a port is never one that the
kernel could meanwhile lend to an outgoing connection.
"""

import random
import socket

FIRST_PORT = 12_000
LAST_PORT = 32_000
ATTEMPTS = 200
LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nothing listens on this loopback port at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Different ports that were free a moment ago; who starts a server retries if one was taken."""
    # Each process draws from its own system randomness: two stacks that start together differ.
    draw = random.SystemRandom()
    found: list[int] = []
    for _ in range(ATTEMPTS):
        port = draw.randrange(FIRST_PORT, LAST_PORT)
        if port not in found and is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    message = f"no {count} free ports between {FIRST_PORT} and {LAST_PORT} on {LOOPBACK}"
    raise OSError(message)
