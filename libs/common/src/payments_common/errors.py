"""Every error that crosses a module's border here, as one tree.

PaymentsError
├── Refusal                      the sender must change something; repeating does not help
│   ├── InvalidMessage           not readable, unknown type, missing or unknown field, bad value
│   ├── InvalidMoney             a float, too many decimals, an unknown currency
│   ├── UnknownAccount           no such gateway account in the accounts file
│   ├── UnknownOrder             no such order or payment
│   ├── IdempotencyConflict      the same command id with other content
│   └── OperationRefused         the order's state or balance does not allow it
├── WebhookRefused               a delivery that is not authentic or not readable
├── TryLater                     nothing is wrong with the message; the same again will do
│   ├── LostRace                 another writer changed the order in between
│   ├── StoreUnavailable         the database could not answer
│   ├── BrokerUnavailable        the broker did not take the message; it is not stored
│   └── PublishUnknown           the broker did not answer; it may be stored
├── Unroutable                   no queue is bound for the message: the topology is wrong
├── GatewayOutage                the gateway could not answer
│   ├── NotSent                  the request never left this process
│   │   ├── Throttled            a rate limit, the gateway's or ours: says nothing of its health
│   │   └── BreakerOpen          the account's breaker is open: nobody calls
│   └── OutcomeUnknown           sent, no usable answer: ask, never resend blindly
├── GatewayRefusal               the gateway says that our request is wrong (credentials, data)
└── Misconfigured                configuration is missing or contradicts itself
"""


class PaymentsError(Exception):
    """The root. `code` is stable and machine-readable, the message is for people."""

    code = "internal_error"


class Refusal(PaymentsError):
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class InvalidMessage(Refusal):
    code = "invalid_message"


class InvalidMoney(Refusal, ValueError):
    code = "invalid_amount"


class UnknownAccount(Refusal):
    code = "unknown_account"


class UnknownOrder(Refusal):
    code = "unknown_order"


class IdempotencyConflict(Refusal):
    code = "idempotency_conflict"


class OperationRefused(Refusal):
    code = "operation_refused"


class WebhookRefused(PaymentsError):
    code = "webhook_refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class TryLater(PaymentsError):
    code = "try_later"


class LostRace(TryLater):
    code = "lost_race"


class StoreUnavailable(TryLater):
    code = "store_unavailable"


class BrokerUnavailable(TryLater):
    code = "broker_unavailable"


class PublishUnknown(TryLater):
    code = "publish_unknown"


class Unroutable(PaymentsError):
    code = "unroutable"


class GatewayOutage(PaymentsError):
    code = "gateway_unavailable"

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class NotSent(GatewayOutage):
    code = "gateway_not_reached"


class Throttled(NotSent):
    code = "throttled"


class BreakerOpen(NotSent):
    code = "breaker_open"


class OutcomeUnknown(GatewayOutage):
    code = "outcome_unknown"


_ACCESS = frozenset({401, 403, 407})


class GatewayRefusal(PaymentsError):
    """`status` is the HTTP status of the gateway's answer, `code` the gateway's own error word.

    `is_of_access`: it is about who asks, so it says nothing of what was asked about.
    """

    def __init__(self, message: str, *, status: int, code: str, is_of_access: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.is_of_access = is_of_access or status in _ACCESS


class Misconfigured(PaymentsError):
    code = "misconfigured"
