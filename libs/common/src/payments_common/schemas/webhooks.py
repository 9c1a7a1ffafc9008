"""A gateway's notification on its way from the ingress to the orchestrator, byte for byte."""

import base64
from datetime import datetime

from pydantic import BaseModel, ConfigDict

RECEIVED_TYPE = "webhook.received.v1"
REFUSED_TYPE = "webhook.refused.v1"
RECEIVED_KEY = "received"
REFUSED_KEY = "refused"


class WebhookMessage(BaseModel):
    """`headers` hold no reusable secret; `verdict` is `authentic` or the reason of a refusal."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    account: str
    event_key: str
    received_at: datetime
    body_base64: str
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    verdict: str
    secret_id: str | None = None

    @property
    def body(self) -> bytes:
        return base64.b64decode(self.body_base64)

    @staticmethod
    def encode_body(body: bytes) -> str:
        return base64.b64encode(body).decode("ascii")
