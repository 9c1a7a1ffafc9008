"""Where Tamara sends browsers, gateways/tamara.md section 6."""

from gateway_sandbox.redirects import in_ascii, with_members
from gateway_sandbox.tamara.order import Order
from gateway_sandbox.tamara.settings import TamaraSettings

_PAGES = {
    "approved": "success",
    "declined": "failure",
    "expired": "failure",
    "canceled": "cancel",
}


def return_url(order: Order, payment_status: str, settings: TamaraSettings) -> str | None:
    """The shop's URL with orderId and paymentStatus, None if the shop gave none."""
    url = order.checkout.merchant_url.get(_PAGES[payment_status])
    if not url:
        return None
    if settings.redirect_form == "query":
        return with_members(url, {"paymentStatus": payment_status, "orderId": order.order_id})
    # Seen once, with the query behind a fragment and the second member behind a question mark.
    separator = "&" if "?" in url else "?"
    return in_ascii(f"{url}{separator}paymentStatus={payment_status}?orderId={order.order_id}")
