"""Headless Chromium, as customers have it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright

from local_stack import chromium

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


async def press(page: Page, action: str, *, otp: str | None = None) -> None:
    """On a gateway's hosted page: types the code that it asks for, if it asks for one.

    Empty card fields are a card that works.
    """
    if await page.locator("#otp").count():
        shown = page.get_by_test_id("code")
        code = await shown.inner_text() if await shown.count() else "8888"
        await page.fill("#otp", otp or code)
    await page.click(f"button[name=action][value={action}]")


@asynccontextmanager
async def browser_page() -> AsyncIterator[Page]:
    paths = chromium.executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=paths.executable,
            env={**paths.environment(os.environ)},
            args=list(QUIET),
        )
        try:
            yield await browser.new_page()
        finally:
            await browser.close()
