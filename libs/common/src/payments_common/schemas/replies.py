"""What a command's sender hears back: one answer for one command id, always the same one."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from payments_common.money import Money

TYPE = "command.answered.v1"
REPLY_QUEUE_PREFIX = "payments.reply."


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


class Answer(BaseModel):
    """`declined` is the gateway's no, `refused` is ours; `unavailable` may be tried again.

    `code` and `message` explain anything but success. `account` is the one that made the session;
    `status_token` lets its holder read this order's status, and nothing else.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    command_id: str
    outcome: Outcome
    order_reference: str | None = None
    order_id: str | None = None
    account: str | None = None
    status: str | None = None
    payment_id: str | None = None
    redirect_url: str | None = None
    status_token: Annotated[str | None, Field(repr=False)] = None
    amount: Money | None = None
    gateway_reference: str | None = None
    retry_after_seconds: float | None = None
    code: str | None = None
    message: str | None = None
    details: dict[str, Any] | None = None
