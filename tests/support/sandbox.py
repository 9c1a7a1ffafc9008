"""The gateway sandbox as a process of its own, and its control API."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

START_SECONDS = 20.0
STOP_SECONDS = 10.0
TABBY_SECRET_KEY = "sk_test_00000000-0000-4000-8000-000000000001"
TABBY_MERCHANT_CODES = {"AED": "AE", "SAR": "SA", "KWD": "KW"}
REJECTED_PHONE = "+966500000002"
DECLINED_EMAIL = "otp.rejected@example.com"


@contextmanager
def sandbox_process(*, retry_scale: float = 0.001) -> Iterator[str]:
    """Starts a sandbox on a free port, gives its URL, ends it with the block."""
    command = [sys.executable, "-m", "gateway_sandbox", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--retry-scale", str(retry_scale)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield _url_of(process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def _url_of(process: subprocess.Popen[str]) -> str:
    if process.stdout is None or not select.select([process.stdout], [], [], START_SECONDS)[0]:
        raise TimeoutError(f"the sandbox was not ready within {START_SECONDS} s")
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the sandbox ended with {process.wait(STOP_SECONDS)} before it began")
    return str(json.loads(line)["url"])


class SandboxControl:
    """What a customer, the dashboard or a bad day does, by the sandbox's control API."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=START_SECONDS)

    async def act(self, payment_id: str, action: str, **body: Any) -> dict[str, Any]:
        """pay, decline, cancel, expire, capture, refund, close or dispute."""
        return await self.post(f"payments/{payment_id}/{action}", **body)

    async def fault(self, operation: str, kind: str, **settings: Any) -> None:
        """Misbehaves at the next request of this operation."""
        await self.post("faults", operation=operation, kind=kind, **settings)

    async def idle(self) -> None:
        """Waits until no webhook is under way."""
        query = {"timeout_seconds": str(START_SECONDS)}
        answer = await self._http.get("/sandbox/webhooks/idle", params=query, timeout=None)
        if not answer.raise_for_status().json()["idle"]:
            raise TimeoutError(f"webhooks were still under way after {START_SECONDS} s")

    async def reset(self) -> None:
        await self.post("reset")

    async def settings(self, gateway: str, **changes: Any) -> None:
        answer = await self._http.patch(f"/sandbox/{gateway}/settings", json=changes)
        answer.raise_for_status()

    async def account(self, payment_id: str) -> dict[str, Any]:
        """What the gateway believes of one payment's money."""
        answer = await self._http.get("/sandbox/ledger", params={"payment_id": payment_id})
        account: dict[str, Any] = answer.raise_for_status().json()["payments"][0]
        return account

    async def ledger(self, order_reference: str) -> list[dict[str, Any]]:
        """The accounts of all payments of one order."""
        return await self._about("ledger", order_reference, "payments")

    async def deliveries(self, order_reference: str) -> list[dict[str, Any]]:
        """All webhooks about one order, with what became of them."""
        return await self._about("deliveries", order_reference, "deliveries")

    async def _about(self, path: str, order_reference: str, member: str) -> list[dict[str, Any]]:
        query = {"reference_id": order_reference}
        answer = await self._http.get(f"/sandbox/{path}", params=query)
        found: list[dict[str, Any]] = answer.raise_for_status().json()[member]
        return found

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self._http.post(f"/sandbox/{path}", json=body)
        document: dict[str, Any] = answer.raise_for_status().json()
        return document

    async def close(self) -> None:
        await self._http.aclose()
