"""The sandbox as its own process."""

import json
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import httpx

HANGING = b"GET /api/v2/payments HTTP/1.1\r\nHost: sandbox\r\nX-Sandbox-Fault: hang\r\n\r\n"
DEADLINE_SECONDS = 20


def test_it_says_where_it_is_and_stops_cleanly_while_a_request_hangs() -> None:
    command = [sys.executable, "-m", "gateway_sandbox", "--port", "0", "--retry-scale", "0.001"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            parts = urlsplit(url)
            with socket.create_connection((parts.hostname, parts.port)) as connection:
                connection.sendall(HANGING)
                wait_for_request(url)
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=DEADLINE_SECONDS) == 0
        finally:
            process.kill()


def wait_for_request(url: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not httpx.get(f"{url}/sandbox/ledger", trust_env=False).json()["requests"]:
        assert time.monotonic() < deadline, "the request never arrived"
        time.sleep(0.02)
