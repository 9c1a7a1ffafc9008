"""The sandbox's demo shop: where customers come back to, and the orders it shows."""

import httpx
from pydantic import AnyHttpUrl

from payments_demo.house import Urls

TIMEOUT_SECONDS = 20.0


def shop_url(urls: Urls) -> str:
    """The list of orders."""
    return f"{urls.sandbox}/shop"


def return_url(urls: Urls, order_reference: str, place: str) -> AnyHttpUrl:
    """For `place` success, failure or cancel; the page ignores which."""
    return AnyHttpUrl(f"{shop_url(urls)}/{order_reference}/return/{place}")


async def register(
    urls: Urls,
    order_reference: str,
    *,
    title: str,
    amount: str,
    checkout_url: str,
    status_token: str,
) -> str:
    """The order's page in the shop; registered again, the order is paid at the new address."""
    order = {
        "order_reference": order_reference,
        "title": title,
        "amount": amount,
        "checkout_url": checkout_url,
        "status_url": urls.orchestrator,
        "status_token": status_token,
    }
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as shop:
        answer = await shop.post(f"{shop_url(urls)}/orders", json=order)
    page: str = answer.raise_for_status().json()["url"]
    return page
