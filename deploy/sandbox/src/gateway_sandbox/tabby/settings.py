"""Everything about Tabby that is configurable or that its documents leave open.

gateways/tabby.md section 11 lists the open questions; each default here is the reading that
section or the section named beside it suggests. All of it can be changed while running, by
`PATCH /sandbox/tabby/settings`.
"""

from dataclasses import dataclass
from typing import Literal

Unset = Literal["null", "absent", "empty"]


@dataclass(frozen=True, slots=True)
class TabbySettings:
    """How this Tabby behaves; times in virtual seconds."""

    # Lifetimes (sections 2.4 and 4).
    session_seconds: float = 20 * 60
    payment_expiry_seconds: float = 30 * 60
    authorization_seconds: float = 365 * 24 * 3600
    auto_capture_seconds: float = 21 * 24 * 3600
    refund_window_seconds: float = 180 * 24 * 3600

    # Answers to a repeated reference_id: undocumented, the current payment is the milder reading.
    replay_answer: Literal["current_payment", "bad_data"] = "current_payment"
    replay_with_other_amount: Literal["current_payment", "bad_data"] = "current_payment"
    # Required by the specification, missing in Tabby's own Magento module.
    require_operation_reference: bool = False

    # Amounts: too many decimals are undocumented; the limits are dynamic at the real one, and a
    # session of at least `too_high_major` is rejected as the third-party test data says.
    excess_decimals: Literal["refuse", "truncate"] = "refuse"
    too_high_major: int = 1_000_000
    too_low_major: int = 0
    normalise_amounts: bool = True

    # Checkout (section 2).
    require_full_checkout: bool = False
    accept_public_key: bool = True
    served_currencies: tuple[str, ...] = ("AED", "SAR", "KWD")
    rejected_products: Literal["empty", "null"] = "empty"

    # Statuses outside the documented table.
    close_on_created: Literal["refuse", "expire"] = "refuse"
    update_on_created: bool = False
    expire_on_cancel: bool = True
    capture_on_authorization: bool = False
    authorization_delay_seconds: float = 0.0

    # What Tabby's documents exclude and money does all the same: an EXPIRED payment that is paid
    # late, and staff who give back more than was captured.
    late_payments: Literal["refuse", "accept"] = "refuse"
    over_refunds: Literal["refuse", "accept"] = "refuse"

    # Empty arrays: nullable in the specification, [] seen live.
    empty_operations: Literal["array", "null"] = "array"
    empty_lists: Literal["array", "null"] = "null"

    # Webhook registration (section 5.1).
    maximum_webhooks: int = 4
    duplicate_webhook_url: Literal["accept", "refuse"] = "accept"
    accept_http_webhook_url: bool = True
    wrong_merchant_code_status: Literal[401, 403, 404] = 401

    # Webhook delivery (sections 5.2 to 5.4).
    expire_webhooks: bool = False
    closed_at_when_unset: Unset = "null"
    token_when_unset: Unset = "empty"  # noqa: S105 - a name for ""
    retry_delays_seconds: tuple[float, ...] = (60.0, 120.0, 180.0, 240.0)
    delivery_timeout_seconds: float = 60.0
    delivery_user_agent: str = "gateway-sandbox (tabby)"
    delivery_content_type: str = "application/json"

    # Answers.
    response_charset: Literal["none", "utf-8"] = "none"
    enforce_rate_limits: bool = False
    sessions_per_ten_seconds: int = 10
    requests_per_second: int = 50
    rate_limit_body: str = ""
    list_limit_over_maximum: Literal["refuse", "clamp"] = "refuse"
