"""The customer at the gateway's hosted page, as a browser would fill in its form."""

import re
from urllib.parse import urljoin

import httpx

OTP = "8888"
_SHOWN_CODE = re.compile(r'data-testid="code">([0-9]+)<')
_FORM = re.compile(r'<form[^>]*method="post"(?: action="([^"]+)")?')


async def visit(redirect_url: str, *, action: str) -> str:
    """Opens the hosted page and presses `pay`, `decline` or `cancel`; returns where it sends one.

    Raises RuntimeError when the page has no form or does not send the customer back.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
        page = await browser.get(redirect_url)
        form = _FORM.search(page.text)
        if page.status_code != httpx.codes.OK or form is None:
            raise RuntimeError(f"the hosted page answered {page.status_code} without a form")
        target = urljoin(str(page.url), form.group(1) or "")
        shown = _SHOWN_CODE.search(page.text)
        code = shown.group(1) if shown else OTP
        answer = await browser.post(target, data={"otp": code, "action": action})
        if "location" not in answer.headers:
            raise RuntimeError(f"the hosted page answered {answer.status_code}, no redirect")
        return answer.headers["location"]


async def finance_pays(sandbox_url: str, payment_id: str) -> None:
    """What MyFatoorah's finance department does with a refund that was filed."""
    async with httpx.AsyncClient(base_url=sandbox_url, trust_env=False, timeout=20) as office:
        done = await office.post(f"/sandbox/payments/{payment_id}/refund_processed")
        done.raise_for_status()
