"""The gauge by which an operator sees that an old webhook secret rests."""

from datetime import UTC, datetime

from payments_common.gateways.port import PROBE_HEADER
from support.ingress import (
    ACCOUNT,
    OLD_SECRET,
    SECRET,
    KeepingPublisher,
    RunningIngress,
    running_ingress,
)

GAUGE = "payments_webhook_secret_last_matched_timestamp_seconds"


def matched(ingress: RunningIngress, secret_id: str) -> float | None:
    labels = {"account": ACCOUNT, "secret_id": secret_id}
    return ingress.registry.get_sample_value(GAUGE, labels)


async def test_an_accepted_delivery_is_noted_for_the_secret_that_matched() -> None:
    before = datetime.now(UTC).timestamp()
    async with running_ingress(KeepingPublisher()) as ingress:
        await ingress.deliver(secrets=[OLD_SECRET])
        noted = matched(ingress, "previous")
        assert noted is not None
        # Our clock's times are whole milliseconds.
        assert before - 0.001 <= noted <= datetime.now(UTC).timestamp()
        assert matched(ingress, "current") is None


async def test_a_refused_delivery_is_noted_for_no_secret() -> None:
    async with running_ingress(KeepingPublisher()) as ingress:
        assert (await ingress.deliver(secrets=["a-wrong-secret"])).status == 401
        assert (await ingress.deliver(b"{", secrets=[SECRET])).status == 400
        assert matched(ingress, "current") is None


async def test_a_delivery_that_was_not_stored_is_not_noted() -> None:
    publisher = KeepingPublisher()
    publisher.error = ConnectionError("away")
    async with running_ingress(publisher) as ingress:
        assert (await ingress.deliver()).status >= 500
        assert matched(ingress, "current") is None


async def test_a_probe_of_our_own_is_accepted_and_noted_for_no_secret() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        headers = (("Content-Type", "application/json"), (PROBE_HEADER, "1"))
        assert (await ingress.deliver(headers=headers)).status == 200
        assert matched(ingress, "current") is None
    assert [each.secret_id for each in publisher.messages()] == [None]
