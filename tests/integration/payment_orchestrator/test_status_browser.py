"""A real browser at the status API: the documents' script works, other origins read nothing."""

import re
from pathlib import Path

from support.browser import browser_page
from support.status_pages import TOKENS, serving
from support.world import world

CALLING = Path(__file__).parents[3] / "docs" / "calling-service.md"
SCRIPT = re.findall(r"```js\n(.*?)```", CALLING.read_text(), re.DOTALL)[0]
FOLLOW = f"""async ([base, reference, token]) => {{
    {SCRIPT}
    const shown = [];
    await follow(base, reference, token, (page) => shown.push(page));
    return shown;
}}"""
READ = """async ([base, reference, token]) => {
    const headers = { Authorization: `Bearer ${token}` };
    const asking = fetch(`${base}/v1/orders/${reference}`, { headers });
    return asking.then((answer) => answer.text(), () => "blocked");
}"""


async def test_the_script_of_the_documents_follows_an_order_until_it_is_paid() -> None:
    async with world(status_tokens=TOKENS) as here, browser_page() as page:
        shop = str(here.sandbox.http.base_url).rstrip("/")
        async with serving(here, status_origins=shop) as opened:
            order = await here.pending()
            await here.sandbox.control(f"payments/{order.payments[0].payment_id}/pay")
            await page.goto(f"{shop}/healthz")
            api = str(opened.http.base_url).rstrip("/")
            given = [api, order.order_reference, TOKENS.of(order)]
            assert await page.evaluate(FOLLOW, given) == ["confirmed"]
            assert await page.evaluate(FOLLOW, [*given[:2], "forged"]) == ["no_token"]


async def test_a_page_of_another_origin_reads_nothing_even_with_a_token() -> None:
    async with (
        world(status_tokens=TOKENS) as here,
        serving(here) as opened,
        browser_page() as page,
    ):
        order = await here.pending()
        await page.goto(str(here.sandbox.http.base_url.join("/healthz")))
        api = str(opened.http.base_url).rstrip("/")
        assert await page.evaluate(READ, [api, "SHOP-1001", TOKENS.of(order)]) == "blocked"
