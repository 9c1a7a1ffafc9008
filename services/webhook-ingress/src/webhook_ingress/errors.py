"""What only the edge can find wrong with a delivery, as leaves of the common error tree."""

from payments_common.errors import Refusal, TryLater, WebhookRefused


class UnsupportedBody(Refusal):
    """Compressed, or not JSON by its own header."""

    code = "unsupported_media_type"


class BodyTooLarge(Refusal):
    code = "body_too_large"


class BodyTooSlow(Refusal):
    code = "body_timeout"


class BodyBroken(Refusal):
    """The transfer itself is malformed, or the sender went away in the middle of it."""

    code = "body_broken"


class SecretNotConfigured(TryLater):
    """The account is closed until an operator sets its secret; the gateway repeats meanwhile."""

    code = "webhook_secret_not_configured"


class VerificationFailed(WebhookRefused):
    """Verification itself broke: refused, because what was not verified is not authentic."""

    code = "verification_failed"
