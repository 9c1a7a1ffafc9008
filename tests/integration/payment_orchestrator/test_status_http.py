"""What browsers, proxies and strangers meet: CORS, headers, limits, broken HTTP."""

import asyncio

import pytest

from support.status_pages import ORIGIN, TOKENS, Pages, pages

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


async def preflight(opened: Pages, origin: str) -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = await opened.http.options("/v1/orders/SHOP-1001", headers=headers)
    assert answer.status_code == 204
    return dict(answer.headers)


async def test_a_configured_page_may_ask_with_its_token() -> None:
    async with pages() as opened:
        allowed = await preflight(opened, ORIGIN)
        assert allowed["access-control-allow-origin"] == ORIGIN
        assert allowed["access-control-allow-methods"] == "GET"
        assert allowed["access-control-allow-headers"] == "Authorization"
        answer = await opened.ask(await opened.here.pending(), Origin=ORIGIN)
        assert answer.headers[ALLOW_ORIGIN] == ORIGIN
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", f"{ORIGIN}.evil.com", "http://shop.example.com", "null", ""],
)
async def test_no_other_page_may_read_an_answer(origin: str) -> None:
    async with pages() as opened:
        assert not [name for name in await preflight(opened, origin) if "access-control" in name]
        answer = await opened.ask(await opened.here.pending(), Origin=origin)
        assert ALLOW_ORIGIN not in answer.headers


async def test_a_page_can_read_why_it_is_refused() -> None:
    async with pages() as opened:
        answer = await opened.ask(await opened.here.pending(), token="none", Origin=ORIGIN)
        assert (answer.status_code, answer.headers[ALLOW_ORIGIN]) == (401, ORIGIN)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_no_cache_keeps_an_answer_or_takes_it_for_another_origins() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        for answer in (await opened.ask(order), await opened.ask(order, token="none")):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Vary"] == "Origin"


async def test_an_order_that_is_asked_for_too_often_waits_and_no_other_does() -> None:
    async with pages(status_requests_per_order=2) as opened:
        busy = await opened.here.pending()
        quiet = await opened.here.pending(order_reference="SHOP-2002")
        statuses = [(await opened.ask(busy)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert 1 <= int((await opened.ask(busy)).headers["Retry-After"]) <= 60
        assert (await opened.ask(quiet)).status_code == 200
        assert opened.metric("payments_status_requests_total", result="too_many_requests") == 2


async def test_a_peer_that_guesses_is_slowed_down_by_what_our_proxy_saw_of_it() -> None:
    async with pages(status_requests_per_peer=2) as opened:
        order = await opened.here.pending()
        guesser = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7"}
        asked = [await opened.ask(order, token="guess", **guesser) for _ in range(3)]
        assert [each.status_code for each in asked] == [401, 401, 429]
        elsewhere = {"X-Forwarded-For": "192.0.2.1, 203.0.113.8"}
        assert (await opened.ask(order, **elsewhere)).status_code == 200


async def test_other_paths_and_methods_are_answered_in_the_same_form() -> None:
    async with pages() as opened:
        nowhere = await opened.http.get("/v1/nowhere")
        assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
        order = await opened.here.pending()
        bearer = {"Authorization": f"Bearer {TOKENS.of(order)}"}
        for method in ("POST", "PUT", "DELETE", "HEAD"):
            url = f"/v1/orders/{order.order_reference}"
            answer = await opened.http.request(method, url, headers=bearer)
            assert answer.status_code == 405
            assert "GET" in answer.headers["Allow"]


async def test_what_is_not_http_hears_none_of_its_bytes() -> None:
    async with pages() as opened:
        url = opened.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"GET / HTTP/1.1\r\nAuthorization Bearer secret-7712\r\n\r\n")
        answer = await reader.read()
        writer.close()
        assert b" 400 Bad Request" in answer
        assert b"7712" not in answer


async def test_the_document_is_served() -> None:
    async with pages() as opened:
        document = (await opened.http.get("/openapi.json")).json()
        assert list(document["paths"]) == ["/v1/orders/{order_reference}"]
