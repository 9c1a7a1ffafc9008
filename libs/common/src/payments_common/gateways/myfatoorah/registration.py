"""What a person enters in MyFatoorah's portal: its webhooks are registered by hand (section 5)."""

from payments_common.errors import Misconfigured
from payments_common.gateways.myfatoorah.config import MyFatoorahConfig
from payments_common.gateways.registration import DashboardEntry

MOST_RETRIES = 5
LONGEST_DELAY_SECONDS = 180
_EVENTS = "payment status changed, refund status changed, dispute status changed"


def dashboard_entries(url: str, *, config: MyFatoorahConfig) -> list[DashboardEntry]:
    """Raises Misconfigured without a webhook secret: nothing that arrives could be verified."""
    if not config.webhook_secrets:
        raise Misconfigured(
            f"account {config.account} has no webhook secret; without one every webhook would be "
            "refused. Name it in the accounts file"
        )
    secret_name = config.webhook_secrets[0].secret_id
    return [
        DashboardEntry(
            "Portal", f"{config.portal_url}, Integration Settings, then Webhook Settings"
        ),
        DashboardEntry("Webhook", "enabled"),
        DashboardEntry("Endpoint URL", url),
        DashboardEntry("Events", _EVENTS),
        DashboardEntry("Webhook version", "V2"),
        DashboardEntry(
            "Secret key",
            f'enabled; the value of webhook secret "{secret_name}" of account {config.account}',
        ),
        DashboardEntry(
            "Retries", f"{MOST_RETRIES}, with a delay of {LONGEST_DELAY_SECONDS} seconds"
        ),
    ]
