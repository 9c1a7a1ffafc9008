"""Our order beside the gateway's ledger: they agree to the minor unit, or the demo fails."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

MEASURES = ("authorized", "captured", "refunded", "voided")


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What the gateway believes happened to money: `origin` says who did it there."""

    kind: str
    amount_minor: int
    reference: str
    origin: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both sides in minor units of the order's currency, and the gateway's lines."""

    order_reference: str
    status: str
    currency: str
    ours: Mapping[str, int]
    theirs: Mapping[str, int]
    ledger: Sequence[LedgerLine]

    @property
    def holds(self) -> bool:
        return self.ours == self.theirs


def compare(order_reference: str, *, sandbox_url: str, environment: Mapping[str, str]) -> Agreement:
    order = _order(order_reference, environment)
    ledger = httpx.get(
        f"{sandbox_url}/sandbox/ledger",
        params={"reference_id": order_reference},
        trust_env=False,
    ).raise_for_status()
    payments = ledger.json()["payments"]
    lines = sorted((e for p in payments for e in p["entries"]), key=lambda e: e["sequence"])
    return Agreement(
        order_reference=order_reference,
        status=order["status"],
        currency=order["total_amount"]["currency"],
        ours={name: order["balance"][name]["amount_minor"] for name in MEASURES},
        theirs={name: sum(p[f"{name}_minor"] for p in payments) for name in MEASURES},
        ledger=[
            LedgerLine(e["kind"], e["amount_minor"], e["reference_id"], e["origin"]) for e in lines
        ],
    )


def timeline(order_reference: str, *, environment: Mapping[str, str]) -> str:
    """What support staff see."""
    return _payments("orders", "show", order_reference, environment=environment)


def _order(order_reference: str, environment: Mapping[str, str]) -> Any:
    shown = _payments("orders", "show", order_reference, "--json", environment=environment)
    return json.loads(shown)


def _payments(*arguments: str, environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-m", "payments_common.desk", *arguments]
    done = subprocess.run(
        command, env={**environment, "COLUMNS": "130"}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"payments {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
