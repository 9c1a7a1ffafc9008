"""How much one order, and a day of a merchant, may be worth, gateways/tamara.md section 7."""

from gateway_sandbox.amounts import parse_minor
from gateway_sandbox.tamara import errors
from gateway_sandbox.tamara.errors import invalid
from gateway_sandbox.tamara.order import Checkout
from gateway_sandbox.tamara.settings import TamaraSettings


def limits_minor(currency: str, settings: TamaraSettings) -> tuple[int, int]:
    """The smallest and the largest order."""
    return (
        parse_minor(settings.minimum_major, currency),
        parse_minor(settings.maximum_major, currency),
    )


def is_within_limits(amount_minor: int, currency: str, settings: TamaraSettings) -> bool:
    """Whether one order may be worth that much."""
    lowest_minor, highest_minor = limits_minor(currency, settings)
    return lowest_minor <= amount_minor <= highest_minor


def check_limits(wanted: Checkout, bought_minor: int, settings: TamaraSettings) -> None:
    """Raises TamaraError 400; bought_minor is what the merchant sold in the last 24 hours."""
    if not is_within_limits(wanted.total_minor, wanted.currency, settings):
        raise invalid("The order's total is outside the merchant's limits", errors.LIMIT)
    if settings.daily_volume_major == 0:
        return
    if bought_minor + wanted.total_minor > parse_minor(
        settings.daily_volume_major, wanted.currency
    ):
        raise invalid("The merchant's limit of 24 hours is reached", errors.DAILY_LIMIT)
