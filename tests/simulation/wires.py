"""The ways between us and the gateway, both directions, and all that gets lost on them."""

import asyncio
from collections.abc import Mapping

import httpx

from simulation.chance import Chance
from simulation.in_process import Answered, InProcess
from simulation.processes import Process, outside

TIMEOUT_SECONDS = 5.0
LATEST_EFFECT_SECONDS = 4.0
"""How long after the caller has given up a request may still arrive; settle_seconds is longer."""

ANSWER_LOST = 0.03
MONEY_PATHS = ("capture", "refund", "close", "cancel", "authorise", "updatepaymentstatus")
MONEY_SEVERITY = 4.0
MISFORTUNES = {
    "is never sent": 0.015,
    "never arrives": 0.015,
    "arrives late": 0.04,
    "is answered by nobody after its effect": 0.03,
    "is cut off after its effect": 0.02,
    "is answered 500 after its effect": 0.02,
    "is answered 503 before any effect": 0.01,
    "is answered by a proxy's page after its effect": 0.01,
    "is limited": 0.01,
}


class ToGateway(httpx.AsyncBaseTransport):
    """One process' HTTP to the sandbox: what was sent goes on, whatever becomes of the sender."""

    def __init__(self, sandbox: InProcess, *, chance: Chance, name: str) -> None:
        self._sandbox = sandbox
        self._chance = chance
        self._name = name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        call = self._chance.name(f"{self._name}|{request.method}")
        misfortune = self._misfortune(call, request)
        if misfortune == "is never sent":
            raise httpx.ConnectError("simulated: refused")
        if misfortune == "is limited":
            return httpx.Response(429, headers={"Retry-After": "2"})
        if misfortune == "is answered 503 before any effect":
            return httpx.Response(503)
        if misfortune == "never arrives":
            await asyncio.sleep(TIMEOUT_SECONDS * 2)
            raise httpx.ReadTimeout("simulated: no answer")
        lag_seconds = 0.05 + 0.5 * self._chance.draw(f"{call}|lag") ** 3
        if misfortune == "arrives late":
            lag_seconds = (
                TIMEOUT_SECONDS + self._chance.draw(f"{call}|late") * LATEST_EFFECT_SECONDS
            )
        sent = asyncio.create_task(self._carry(request, body, lag_seconds), context=outside())
        answered = await asyncio.shield(sent)
        return await self._answer(misfortune, answered, lag_seconds=lag_seconds)

    def _misfortune(self, call: str, request: httpx.Request) -> str | None:
        if self._chance.is_calm:
            return None
        often = MONEY_SEVERITY if _moves_money(request) else 1.0
        draw = self._chance.draw(call) / (self._chance.severity * often)
        for text, probability in MISFORTUNES.items():
            name = f"{call}|{text}"
            if draw < probability:
                if name in self._chance.silenced:
                    return None
                self._chance.tell(f"{request.method} {request.url.path} {text}", name=name)
                return text
            draw -= probability
        return None

    async def _carry(self, request: httpx.Request, body: bytes, seconds: float) -> Answered:
        await asyncio.sleep(seconds)
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        return await self._sandbox.request(
            request.method, str(request.url), headers=headers, body=body
        )

    async def _answer(
        self, misfortune: str | None, answered: Answered, *, lag_seconds: float
    ) -> httpx.Response:
        match misfortune:
            case "is answered by nobody after its effect":
                await asyncio.sleep(TIMEOUT_SECONDS * 2)
                raise httpx.ReadTimeout("simulated: no answer")
            case "is cut off after its effect":
                raise httpx.ReadError("simulated: reset")
            case "is answered 500 after its effect":
                return httpx.Response(500)
            case "is answered by a proxy's page after its effect":
                return httpx.Response(502, text="<html>Bad gateway</html>")
            case _:
                await asyncio.sleep(lag_seconds)
                headers = {"Content-Type": answered.headers.get("Content-Type", "")}
                return httpx.Response(answered.status, headers=headers, content=answered.body)


def _moves_money(request: httpx.Request) -> bool:
    path = request.url.path.lower()
    return request.method == "POST" and any(word in path for word in MONEY_PATHS)


class FromGateway:
    """Carries webhooks to the ingress that is up, if one is; the gateway's retries are its own."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.accepted: set[bytes] = set()
        self.receiver: tuple[Process, InProcess] | None = None

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, timeout_seconds: float
    ) -> int:
        """The ingress' status; OSError where no answer came, though it may have been stored."""
        call = self._chance.name("webhook")
        await asyncio.sleep(0.02 + 2 * self._chance.draw(f"{call}|lag") ** 4)
        if self.receiver is None:
            raise OSError("refused")
        process, ingress = self.receiver
        handling = process.start(ingress.request("POST", url, headers=headers, body=body))
        await asyncio.wait([handling], timeout=timeout_seconds)
        if not handling.done():
            raise TimeoutError
        if handling.cancelled():
            raise OSError("reset")
        status = handling.result().status
        if status == 200:
            self.accepted.add(body)
        lost = f"{call}|its answer is lost"
        if self._chance.strikes(lost, ANSWER_LOST):
            self._chance.tell("the gateway does not hear that a webhook was taken", name=lost)
            raise OSError("reset")
        return status
