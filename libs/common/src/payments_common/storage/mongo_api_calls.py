"""Every request to a gateway and its answer, as support staff need them to explain an order."""

import orjson

from payments_common.gateways.port import ApiCall
from payments_common.references import NewId
from payments_common.storage.mongo_store import Collection, Document, unbroken


class MongoApiCalls:
    """Bodies are kept as JSON text: a gateway's member names are not ours to query by."""

    def __init__(self, api_calls: Collection, new_id: NewId) -> None:
        self._calls = api_calls
        self._new_id = new_id

    async def record(self, call: ApiCall) -> str:
        call_id = self._new_id()
        document: Document = {
            "_id": call_id,
            "account": call.account,
            "operation": call.operation,
            "method": call.method,
            "path": call.path,
            "request": _text(call.request),
            "status": call.status,
            "answer": _text(call.answer),
            "error": call.error,
            "started_at": call.started_at,
            "duration_seconds": call.duration_seconds,
            "order_id": call.context.order_id,
            "operation_id": call.context.operation_id,
            "purpose": call.context.purpose,
        }
        await unbroken(self._calls.insert_one(document))
        return call_id

    async def of_order(self, order_id: str) -> list[Document]:
        cursor = self._calls.find({"order_id": order_id}).sort("started_at", 1)
        return await unbroken(cursor.to_list(None))


def _text(body: object) -> str | None:
    return None if body is None else orjson.dumps(body, default=str).decode()
