"""A probe's URL, and what the gateway's own log of deliveries comes to."""

from aiohttp import ClientSession, web

from payment_orchestrator.entrypoints.cli.webhook_probe import Finding, deliver, explained_log
from payments_common.gateways.port import LoggedDelivery, ProbeDelivery
from support.running_sandbox import serving

URL = "https://payments.example.com/webhooks/a"


def logged(url: str = URL, secret_id: str | None = "current") -> LoggedDelivery:
    return LoggedDelivery(url, "paid", "Succeeded", secret_id, None)


async def delivered(path: str, query: dict[str, str]) -> list[tuple[str, str]]:
    """What arrives of a URL's and a probe's query."""
    seen: list[tuple[str, str]] = []

    async def accept(request: web.Request) -> web.Response:
        seen.extend(request.query.items())
        return web.json_response({"status": "accepted"})

    app = web.Application()
    app.router.add_post("/hook", accept)
    async with serving(app) as url, ClientSession() as http:
        probed = await deliver(http, url + path, ProbeDelivery(b"{}", {}, query))
    assert probed.accepted
    return seen


async def test_a_probe_s_query_joins_the_url_s_own() -> None:
    assert await delivered("/hook", {"token": "a/b+c=&"}) == [("token", "a/b+c=&")]
    assert await delivered("/hook?x=1", {"token": "t"}) == [("x", "1"), ("token", "t")]
    assert await delivered("/hook?x=1", {}) == [("x", "1")]


def test_no_delivery_yet_proves_nothing_either_way() -> None:
    (finding,) = explained_log([], url=URL, secret_names=["current"])
    assert finding.is_well is None
    assert "make a test payment" in finding.text


def test_deliveries_to_us_are_counted_by_the_secret_that_signed_them() -> None:
    log = [logged(), logged(), logged(secret_id="next")]
    assert explained_log(log, url=URL, secret_names=["current", "next"]) == [
        Finding(is_well=True, text='2 to this URL, signed with "current"'),
        Finding(is_well=True, text='1 to this URL, signed with "next"'),
    ]


def test_what_goes_elsewhere_or_is_signed_by_nobody_is_not_well_and_says_what_to_change() -> None:
    log = [logged(), logged("https://old.example.com/hook"), logged(secret_id=None)]
    good, elsewhere, unsigned = explained_log(log, url=URL, secret_names=["current"])
    assert (good.is_well, elsewhere.is_well, unsigned.is_well) == (True, False, False)
    assert elsewhere.text == (
        f"1 to https://old.example.com/hook: change the endpoint in the dashboard to {URL}"
    )
    assert unsigned.text.startswith('1 to this URL, signed with no secret of ours ("current"): ')
