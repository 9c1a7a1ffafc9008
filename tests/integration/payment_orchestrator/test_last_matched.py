"""When a webhook secret last matched is answered by an index, however many deliveries there are."""

from local_stack.stack import StackUrls
from payment_orchestrator.adapters.mongo_webhook_events import (
    MongoWebhookEvents,
    last_matched_pipeline,
)
from payments_common.schemas.webhooks import WebhookMessage
from support.builders import NOW
from support.mongo import fresh_store


async def test_the_index_answers_without_reading_a_delivery(stack: StackUrls) -> None:
    async with fresh_store(stack.mongodb_url) as store:
        events = MongoWebhookEvents(store.database["webhook_events"])
        for number in range(5):
            await events.record(delivery(number, secret_id="current" if number else None))
        command = {
            "aggregate": "webhook_events",
            "pipeline": last_matched_pipeline("tabby-ksa"),
            "cursor": {},
        }
        explained = await store.database.command("explain", command, verbosity="executionStats")
        stages = explained.get("stages", [{"$cursor": explained}])
        told = stages[0]["$cursor"]["executionStats"]
        assert (told["totalKeysExamined"], told["totalDocsExamined"]) == (4, 0)


def delivery(number: int, *, secret_id: str | None) -> WebhookMessage:
    return WebhookMessage(
        account="tabby-ksa",
        event_key=f"sha256:{number}",
        received_at=NOW,
        body_base64=WebhookMessage.encode_body(b"{}"),
        verdict="authentic",
        secret_id=secret_id,
    )
