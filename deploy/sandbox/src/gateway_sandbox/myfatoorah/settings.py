"""Everything about MyFatoorah that is configurable or that its documents leave open.

gateways/myfatoorah.md marks what is uncertain or inferred; each default here is the reading that
the section named beside it suggests. All of it can be changed while running, by
`PATCH /sandbox/myfatoorah/settings`.
"""

from dataclasses import dataclass
from typing import Literal

from gateway_sandbox.myfatoorah.errors import ErrorShape

PayCurrency = Literal["AED", "BHD", "EGP", "JOD", "KWD", "OMR", "QAR", "SAR", "USD"]


@dataclass(frozen=True, slots=True)
class MyFatoorahSettings:
    """How this MyFatoorah behaves; times in virtual seconds."""

    # Lifetimes. That of an authorization is undocumented (section 4.1): None means for ever.
    invoice_expiry_seconds: float = 3 * 24 * 3600
    session_seconds: float = 2 * 3600
    authorization_seconds: float | None = None
    idempotency_seconds: float = 250 * 60

    # Finance executes refunds by hand (section 4.2): None means when somebody says so.
    refund_execution_seconds: float | None = None
    one_refund_at_a_time: bool = False
    # A number in the sample, a text in the table.
    refund_invoice_id_type: Literal["number", "text"] = "number"

    # Requests (section 2). Plain and local URLs are refused by the real one; tests need them.
    accept_plain_urls: bool = True
    excess_decimals: Literal["round", "refuse"] = "round"

    # What the documents do not forbid and do not describe (sections 3.1 and 4.1).
    late_payments: Literal["refuse", "accept"] = "refuse"
    duplicate_payments: Literal["refuse", "accept"] = "refuse"
    pay_after_release: Literal["refuse", "accept"] = "refuse"
    # What they exclude, for refunds that the merchant's staff file in the portal.
    over_refunds: Literal["refuse", "accept"] = "refuse"

    # Money (section 3.1). `payment_currency` None means that all methods charge the base currency.
    service_charge_percent: int = 2
    vat_percent: int = 15
    customer_pays_service_charge: bool = False
    payment_currency: PayCurrency | None = None

    # Answers (sections 3.1 and 7).
    in_progress_rows: bool = True
    success_spelling: Literal["Succss", "Success"] = "Succss"
    display_value_currency: Literal["symbol", "iso"] = "symbol"
    clock_zone: Literal["country", "kuwait"] = "country"
    refusal_status: Literal[400, 200] = 400
    error_shape: ErrorShape = "validation_errors"
    mf_config_bom: bool = False
    # API V3 documents the words and not the status (section 3.2).
    v3_not_found_status: Literal[400, 404] = 404

    # Who may call (sections 1 and 7). Empty `served_countries`: this host serves all of them.
    served_countries: tuple[str, ...] = ()
    malformed_key_status: Literal[200, 401] = 401
    block_callers: bool = False

    # Webhooks (section 5). Version 2 waits and retries as the merchant has set it.
    webhook_version_header: Literal["lower", "upper", "absent"] = "lower"
    v1_retry_delays_seconds: tuple[float, ...] = (10.0, 10.0, 10.0)
    v1_timeout_seconds: float = 100.0
    v2_timeout_seconds: float = 100.0
    release_webhooks: bool = True
    dropped_webhook_status: Literal["Failed", "Succeeded", "Waiting"] = "Failed"
    delivery_user_agent: str = "gateway-sandbox (myfatoorah)"

    # Limits (section 1): documented without a figure, and for reading payments only.
    enforce_rate_limits: bool = False
    status_requests_per_minute: int = 60
    rate_limit_body: str = ""
