"""Law 5 towards pages: a token reads its own order, and nothing tells which others there are."""

from datetime import timedelta
from typing import Any

import pytest

from payment_orchestrator.adapters.status_tokens import JoseStatusTokens
from payments_common.schemas.replies import Outcome
from support.builders import session
from support.status_pages import KEY, TOKENS, Pages, pages

OTHER_KEY = JoseStatusTokens([b"another-key-of-at-least-32-bytes!"], lasts=timedelta(days=30))
EXPIRED = JoseStatusTokens([KEY.encode()], lasts=timedelta(minutes=-5))


async def problem(opened: Pages, url: str, **headers: str) -> tuple[int, dict[str, Any]]:
    answer = await opened.http.get(url, headers=headers)
    return answer.status_code, answer.json()


async def test_the_answer_to_a_session_holds_the_token_that_reads_its_order() -> None:
    async with pages() as opened:
        answer = await opened.here.send(session(), command_id="once")
        order = await opened.here.order()
        assert answer.status_token == TOKENS.of(order)
        told = await opened.told(order)
        assert (told["page"], told["status"], told["is_final"]) == ("checking", "pending", False)
        assert told["total_amount"] == {"amount_minor": 15000, "currency": "SAR"}
        assert (told["order_reference"], told["refresh"]) == ("SHOP-1001", None)


async def test_the_same_command_and_another_attempt_hear_of_the_same_token() -> None:
    async with pages() as opened:
        answers = [await opened.here.send(session(), command_id=name) for name in ("a", "a", "b")]
        assert len({answer.status_token for answer in answers}) == 1


async def test_a_customer_whom_the_gateway_rejects_has_a_page_too() -> None:
    customer = {"name": "T", "email": "otp.success@tabby.ai", "phone": "+966500000002"}
    async with pages() as opened:
        answer = await opened.here.send(session(customer=customer))
        assert answer.outcome is Outcome.DECLINED
        told = await opened.told(await opened.here.order())
        assert (told["page"], told["is_final"]) == ("not_paid", True)


async def test_money_that_is_held_is_confirmed_and_what_went_back_is_refunded() -> None:
    async with pages() as opened:
        order = await opened.here.captured()
        told = await opened.told(order)
        assert (told["page"], told["captured"]["amount_minor"]) == ("confirmed", 15000)


async def test_a_token_of_one_order_reads_no_other() -> None:
    async with pages() as opened:
        mine = await opened.here.pending()
        other = await opened.here.pending(order_reference="SHOP-2002")
        assert (await opened.ask(other)).status_code == 200
        answer = await opened.ask(other, token=TOKENS.of(mine))
        assert answer.status_code == 401
        assert "SHOP" not in answer.text


async def test_no_answer_tells_whether_there_is_such_an_order() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        await opened.here.pending(order_reference="SHOP-2002")
        bearers = {
            "none": "",
            "nonsense": "Bearer nonsense",
            "basic": f"Basic {TOKENS.of(order)}",
            "forged": f"Bearer {OTHER_KEY.of(order)}",
            "expired": f"Bearer {EXPIRED.of(order)}",
            "of nothing": f"Bearer {TOKENS.of(order.model_copy(update={'order_id': 'gone'}))}",
        }
        wrong = [(url, bearer) for url in ("SHOP-1001", "SHOP-2002") for bearer in bearers.values()]
        wrong += [(url, f"Bearer {TOKENS.of(order)}") for url in ("SHOP-2002", "SHOP-3003", "%2e")]
        heard = [
            await problem(opened, f"/v1/orders/{reference}", Authorization=bearer)
            for reference, bearer in wrong
        ]
        assert {status for status, _ in heard} == {401}
        assert len({body["message"] for _, body in heard}) == 1


async def test_two_tokens_are_none() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        bearer = ("Authorization", f"Bearer {TOKENS.of(order)}")
        url = f"/v1/orders/{order.order_reference}"
        assert (await opened.http.get(url, headers=[bearer])).status_code == 200
        assert (await opened.http.get(url, headers=[bearer, bearer])).status_code == 401


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("?refresh=yes", "refresh must be true or false"),
        ("?wait=31", "wait must be whole seconds, 0 to 30"),
        ("?wait=-1", "wait must be"),
        ("?wait=1.5", "wait must be"),
        ("?wait=\u0661", "wait must be"),
        ("?wait=", "wait must be"),
        ("?waits=3", "there is no parameter 'waits'"),
        ("?wait=1&wait=2", "wait is given twice"),
    ],
)
async def test_a_query_that_is_wrong_is_told_what_is_wrong(query: str, complaint: str) -> None:
    async with pages() as opened:
        answer = await opened.ask(await opened.here.pending(), query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
        assert complaint in answer.json()["message"]


async def test_without_a_key_no_token_is_given_and_the_api_says_so() -> None:
    async with pages(has_tokens=False) as opened:
        answer = await opened.here.send(session())
        assert (answer.outcome, answer.status_token) == (Outcome.SUCCEEDED, None)
        refused = await opened.ask(await opened.here.order())
        assert (refused.status_code, refused.json()["code"]) == (503, "not_configured")


async def test_a_token_is_neither_in_the_history_nor_in_what_is_published_to_others() -> None:
    async with pages() as opened:
        order = await opened.here.captured()
        history = await opened.here.tools.orders.history(order.order_id)
        token = TOKENS.of(order)
        assert token not in "".join(entry.model_dump_json() for entry in history)
        assert token not in repr(order)
        assert all(token not in repr(call) for call in opened.here.api_calls.calls)


async def test_it_says_unavailable_while_the_process_stops() -> None:
    async with pages() as opened:
        order = await opened.here.pending()
        await opened.stop()
        answer = await opened.ask(order)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
