"""Proves that each account's webhook URL reaches the ingress and that its secrets fit."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import aiohttp

from payment_orchestrator.entrypoints.cli.desk import Desk, missing_webhook_url
from payment_orchestrator.entrypoints.cli.webhook_probe import Finding, deliver, explained_log
from payments_common.config import Account, Examined
from payments_common.desk.accounts import opened
from payments_common.desk.telling import explained, problems_in, told
from payments_common.errors import Misconfigured, PaymentsError
from payments_common.gateways.port import CallContext, LogsDeliveries, WebhookSecret
from payments_common.gateways.registry import webhook_scheme_of

CONTEXT = CallContext(purpose="webhooks_verify")
LOG_DAYS = 7
_STYLES = {True: "green", False: "red", None: "yellow"}


async def verify_all(
    examined: Sequence[Examined], desk: Desk, http: aiohttp.ClientSession
) -> dict[str, list[Finding]]:
    """What was found of each account; what is wrong with one hides no other."""
    found = await asyncio.gather(
        *(_verify(each, desk, http) for each in examined), return_exceptions=True
    )
    return {
        each.name: _wrong(findings) if isinstance(findings, BaseException) else findings
        for each, findings in zip(examined, found, strict=True)
    }


def tell_findings(found: dict[str, list[Finding]]) -> None:
    for name, findings in found.items():
        told(name, style="bold")
        for finding in findings:
            told(f"  {finding.text}", style=_STYLES[finding.is_well])


async def _verify(examined: Examined, desk: Desk, http: aiohttp.ClientSession) -> list[Finding]:
    account = examined.account
    wrong = [Finding(is_well=False, text=each) for each in (*examined.problems, *examined.closed)]
    if account is None:
        return wrong
    if account.webhook_url is None:
        return [*wrong, Finding(is_well=False, text=missing_webhook_url(account.name))]
    if not account.webhook_secrets:
        return [*wrong, Finding(is_well=False, text="there is no webhook secret to verify")]
    return [
        *wrong,
        *await _probe(account, account.webhook_url, desk, http),
        *await _read_log(account, account.webhook_url, desk),
    ]


async def _probe(
    account: Account, url: str, desk: Desk, http: aiohttp.ClientSession
) -> list[Finding]:
    try:
        scheme = webhook_scheme_of(account)
    except Misconfigured:
        # Opening the gateway, which comes next, says the same.
        return []
    findings = []
    for name, value in account.webhook_secrets.items():
        secret = WebhookSecret(name, value.get_secret_value())
        probed = await deliver(http, url, scheme.probe(secret, now=desk.clock.now()))
        text = f'probe with webhook secret "{name}" to {url}: {probed.text}'
        findings.append(Finding(probed.accepted, text))
    return findings


async def _read_log(account: Account, url: str, desk: Desk) -> list[Finding]:
    try:
        async with opened(account, desk) as gateway:
            if not isinstance(gateway, LogsDeliveries):
                return []
            now = desk.clock.now()
            log = await gateway.delivery_log(
                since=now - timedelta(days=LOG_DAYS), until=now, context=CONTEXT
            )
    except PaymentsError as error:
        return _wrong(error)
    findings = explained_log(log, url=url, secret_names=list(account.webhook_secrets))
    said = f"the gateway's last {LOG_DAYS} days"
    return [Finding(each.is_well, f"{said}: {each.text}") for each in findings]


def _wrong(error: BaseException) -> list[Finding]:
    texts = problems_in(error) if isinstance(error, Misconfigured) else [explained(error)]
    return [Finding(is_well=False, text=text) for text in texts]
