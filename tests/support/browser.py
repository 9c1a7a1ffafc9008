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
