"""Delivers to our own webhook URL as the gateway would, and reads the gateway's delivery log."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from payments_common.gateways.port import PROBE_HEADER, LoggedDelivery, ProbeDelivery

TIMEOUT_SECONDS = 15.0
LONGEST_ANSWER_BYTES = 64 * 1024
_CODE = re.compile(r"[a-z][a-z_]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_well` is None where nothing is proved either way."""

    is_well: bool | None
    text: str


@dataclass(frozen=True, slots=True)
class Probed:
    accepted: bool
    text: str


async def deliver(http: aiohttp.ClientSession, url: str, probe: ProbeDelivery) -> Probed:
    """Accepted only if the answer is the ingress's own: other servers say 200 to anything."""
    try:
        async with http.post(
            _with_query(url, probe),
            data=probe.body,
            headers={"Content-Type": "application/json", PROBE_HEADER: "1", **probe.headers},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
            # A redirect would carry the secret to wherever it leads; gateways follow none.
            allow_redirects=False,
        ) as answer:
            return _read(answer.status, await answer.content.read(LONGEST_ANSWER_BYTES))
    except TimeoutError:
        return Probed(accepted=False, text=f"not reached: no answer within {TIMEOUT_SECONDS:.0f} s")
    except aiohttp.ClientError as error:
        # Its words may quote the URL, whose query may carry the proof.
        return Probed(accepted=False, text=f"not reached: {type(error).__name__}")


def explained_log(
    log: Sequence[LoggedDelivery], *, url: str, secret_names: Sequence[str]
) -> list[Finding]:
    """What the gateway has sent where, signed by which secret, and what to change."""
    if not log:
        text = "no delivery yet, so nothing is proved: make a test payment, then verify again"
        return [Finding(None, text)]
    here = [each for each in log if each.url == url]
    signed = Counter(each.secret_id for each in here if each.secret_id is not None)
    findings = [
        Finding(is_well=True, text=f'{count} to this URL, signed with "{name}"')
        for name, count in signed.items()
    ]
    for elsewhere, count in Counter(each.url for each in log if each.url != url).items():
        text = f"{count} to {elsewhere}: change the endpoint in the dashboard to {url}"
        findings.append(Finding(is_well=False, text=text))
    unsigned = sum(each.secret_id is None for each in here)
    if unsigned:
        names = ", ".join(f'"{name}"' for name in secret_names) or "none"
        text = (
            f"{unsigned} to this URL, signed with no secret of ours ({names}): enable the secret "
            "key in the dashboard, and let webhook_secrets name the place of that very value"
        )
        findings.append(Finding(is_well=False, text=text))
    return findings


def _with_query(url: str, probe: ProbeDelivery) -> str:
    if not probe.query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(probe.query)}"


def _read(status: int, body: bytes) -> Probed:
    answer = _object(body)
    if status == 200 and answer.get("status") == "accepted":
        return Probed(accepted=True, text="accepted by the ingress")
    code = answer.get("error")
    if isinstance(code, str) and _CODE.fullmatch(code):
        return Probed(accepted=False, text=f"refused: {code} (status {status})")
    return Probed(accepted=False, text=f"answered with status {status}, but not by the ingress")


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
