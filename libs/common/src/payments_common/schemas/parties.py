"""The customer, the items and the addresses of an order, in the words integrators know."""

from datetime import date
from typing import Annotated

from pydantic import AnyHttpUrl, AwareDatetime, BaseModel, ConfigDict, Field

from payments_common.money import Money

Text = Annotated[str, Field(min_length=1, max_length=255)]
Url = Annotated[AnyHttpUrl, Field()]
Reference = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
"""An id chosen by the caller: letters, digits and . _ : - , at most 64 of them."""


class Strict(BaseModel):
    """A part of a command: unknown members are refused, so that a typo is never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Customer(Strict):
    name: Text
    email: Annotated[str, Field(max_length=255, pattern=r"^[^@\s]+@[^@\s]+$")]
    phone: Annotated[str, Field(max_length=20, pattern=r"^\+?[0-9]{7,15}$")]
    customer_reference: Text | None = None
    date_of_birth: date | None = None
    registered_since: date | None = None
    successful_orders: Annotated[int, Field(ge=0)] = 0


class Address(Strict):
    city: Text
    line: Text
    postal_code: Annotated[str, Field(max_length=20)] = ""


class Item(Strict):
    title: Text
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    unit_price: Money
    category: Text = "general"
    item_reference: Text | None = None
    description: Text | None = None


class Shipment(Strict):
    """What was sent to the customer; some gateways want to be told with a capture."""

    carrier: Text
    shipped_at: AwareDatetime | None = None
    tracking_number: Text | None = None
    tracking_url: AnyHttpUrl | None = None


class Actor(Strict):
    """Who asks: a person or a service, named by the sender, kept in the audit trail."""

    user_id: Text
