"""Payments are listed page by page, and a bad one hides no other."""

from datetime import date
from typing import Any

import pytest
from structlog.testing import capture_logs

from payments_common.errors import OutcomeUnknown
from payments_common.gateways.port import ListsPayments
from payments_common.gateways.tabby.gateway import MOST_PAGES
from payments_common.schemas.observations import Observation, ObservationSource
from support.scripted_tabby import CONTEXT, Script, ok, tabby
from support.tabby_payloads import CAPTURE_ID, PAYMENT_ID, payment


async def test_listing_reads_every_page_and_no_payment_twice() -> None:
    ids = [f"00000000-0000-4000-8000-{n:012x}" for n in range(45)]
    pages = [ids[:20], ids[19:39], ids[38:]]
    script = Script(*(ok({"payments": [payment(id=each) for each in page]}) for page in pages))
    async with tabby(script) as gateway:
        seen = await listing(gateway)
    assert [each.payment_id for each in seen] == ids
    assert {each.source for each in seen} == {ObservationSource.POLL}


async def listing(gateway: ListsPayments) -> list[Observation]:
    from_, before = date(2026, 3, 2), date(2026, 3, 3)
    return await gateway.list_payments(created_from=from_, created_before=before, context=CONTEXT)


@pytest.mark.parametrize("payments", [None, [], "absent"])
async def test_a_day_without_payments_is_an_empty_list(payments: Any) -> None:
    body = {"pagination": {"limit": 20, "offset": 0, "total_count": 0}}
    body |= {} if payments == "absent" else {"payments": payments}
    async with tabby(Script(ok(body))) as gateway:
        assert await listing(gateway) == []


async def test_a_payment_that_cannot_be_read_hides_no_other() -> None:
    listed = [payment(amount="1.005", id=CAPTURE_ID), "what", payment()]
    with capture_logs() as logs:
        async with tabby(Script(ok({"payments": listed}))) as gateway:
            seen = await listing(gateway)
    assert [each.payment_id for each in seen] == [PAYMENT_ID]
    assert [log["payment_id"] for log in logs] == [CAPTURE_ID, None]


async def test_a_list_without_an_end_is_never_cut_in_silence() -> None:
    page = ok({"payments": [payment()] * 20})
    async with tabby(Script(*[page] * MOST_PAGES)) as gateway:
        with pytest.raises(OutcomeUnknown, match="fewer days"):
            await listing(gateway)
