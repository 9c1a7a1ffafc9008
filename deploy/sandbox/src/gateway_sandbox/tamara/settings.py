"""Everything about Tamara that is configurable or that its documents leave open.

gateways/tamara.md section 11 lists the open questions; each default here is the reading that
section or the section named beside it suggests. All of it can be changed while running, by
`PATCH /sandbox/tamara/settings`.
"""

from dataclasses import dataclass, field
from typing import Literal

from gateway_sandbox.settings_patch import SIGNED


@dataclass(frozen=True, slots=True)
class TamaraSettings:
    """How this Tamara behaves; times in virtual seconds."""

    # Lifetimes (sections 2.2, 2.5 and 3.1). The 90 days count only without auto-capture.
    session_seconds: float = 30 * 60
    in_store_session_seconds: float = 15 * 60
    honour_expires_in_minutes: bool = False
    approval_seconds: float = 72 * 3600
    auto_capture_seconds: float = 21 * 24 * 3600
    auto_capture: bool = True
    authorisation_seconds: float = 90 * 24 * 3600

    # Merchant options at Tamara (sections 3.2 to 3.4).
    capture_on_authorise: bool = False
    auto_authorise: bool = False
    single_checkout: bool = True
    customer_cancel: Literal["expire", "stay_new"] = "expire"
    approval_delay_seconds: float = 0.0

    # Transitions that no document settles (section 3.2).
    cancel_after_capture: Literal["refuse", "allow"] = "refuse"
    capture_after_refund: Literal["refuse", "allow"] = "refuse"
    auto_capture_partly_captured: bool = False
    announce_authorised_when_captured_at_once: bool = False
    refund_allocation: Literal["oldest_first", "newest_first"] = "oldest_first"

    # What the documents exclude and money does all the same: an expired order that is paid late,
    # and staff who give back more than was captured.
    late_payments: Literal["refuse", "accept"] = "refuse"
    over_refunds: Literal["refuse", "accept"] = "refuse"

    # References (sections 2.2 and 4.3): uniqueness is stated, enforcement is not.
    repeated_order_reference: Literal["accept", "refuse"] = "accept"
    reference_lookup: Literal["newest", "oldest"] = "newest"
    repeated_merchant_refund_id: Literal["refund_again", "refuse"] = "refund_again"
    echo_merchant_refund_id: bool = False

    # Amounts (section 2.1). "noise" takes what binary fractions leave behind and refuses the rest.
    excess_decimals: Literal["noise", "round", "refuse"] = "noise"
    decimals_of_kwd_bhd_omr: Literal[3, 2] = 3
    amount_form: Literal["short", "fixed"] = "short"
    minimum_major: int = 0
    maximum_major: int = 1_000_000
    # 0 means no cap on what a merchant's customers may buy within 24 hours.
    daily_volume_major: int = 0

    # Checkout (section 2.2).
    require_full_checkout: bool = True
    check_phone_numbers: bool = True
    served_countries: tuple[str, ...] = ("SA", "AE", "KW", "BH", "OM")
    decline_record_seconds: float = 24 * 3600
    wrap_payment_types: bool = False

    # Capture and refund requests (sections 4.1 and 4.4).
    require_shipping_info: bool = False
    legacy_refund_checks: bool = True

    # Documents (section 4.5).
    date_form: Literal["offset", "milliseconds"] = "offset"
    discount_when_unset: Literal["object", "null"] = "object"
    empty_objects: Literal["array", "object"] = "array"

    # Webhook registration (section 5.1).
    accept_http_webhook_url: bool = True
    repeated_webhook_url: Literal["refuse", "accept"] = "refuse"
    registered_answer: Literal["whole", "id_only"] = "whole"

    # Tokens (section 5.4).
    jwt_placement: Literal["both", "header", "query"] = "both"
    jwt_lifetime_seconds: float = field(default=900.0, metadata=SIGNED)
    clock_skew_seconds: float = field(default=0.0, metadata=SIGNED)
    jwt_issuer: str = "Tamara"
    jwt_claims: Literal["all", "issuer_only"] = "all"
    jwt_alg: Literal["HS256", "none", "HS512", "HS512_in_name_only"] = "HS256"
    custom_authorization: Literal["displaces_token", "is_left_out"] = "displaces_token"

    # Delivery (sections 5.2, 5.3 and 5.5): nothing about retries is documented. Of published
    # clients of merchant_url.notification some need the one key and some the other.
    webhooks_enabled: bool = True
    notification_key: Literal["order_status", "event_type", "both"] = "both"
    notification_with_webhook: bool = True
    retry_delays_seconds: tuple[float, ...] = (60.0, 300.0, 900.0)
    delivery_timeout_seconds: float = 30.0
    delivery_user_agent: str = "gateway-sandbox (tamara)"
    delivery_content_type: str = "application/json"

    # Browser redirects (section 6): the second question mark was seen once.
    redirect_form: Literal["query", "second_question_mark"] = "query"

    # Answers (sections 1, 5.1 and 7).
    success_status: Literal[200, 201] = 200
    bad_token_status: Literal[401, 403] = 401
    deleted_webhook_body: Literal["empty", "object"] = "empty"
    enforce_rate_limits: bool = False
    requests_per_second: int = 50
