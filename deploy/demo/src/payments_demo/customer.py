"""The customer at the gateway's hosted page, as a browser would fill in its form."""

import re
from urllib.parse import urljoin

import httpx

OTP = "8888"
_FORM_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')


async def visit(redirect_url: str, *, action: str) -> str:
    """Opens the hosted page and presses `pay`, `decline` or `cancel`; returns where it sends one.

    Raises RuntimeError when the page has no form or does not send the customer back.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
        page = await browser.get(redirect_url)
        form = _FORM_ACTION.search(page.text)
        if page.status_code != httpx.codes.OK or form is None:
            raise RuntimeError(f"the hosted page answered {page.status_code} without a form")
        target = urljoin(str(page.url), form.group(1))
        answer = await browser.post(target, data={"otp": OTP, "action": action})
        if "location" not in answer.headers:
            raise RuntimeError(f"the hosted page answered {answer.status_code}, no redirect")
        return answer.headers["location"]
