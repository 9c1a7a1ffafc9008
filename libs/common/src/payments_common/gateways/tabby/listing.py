"""A page of payments, of which some may be unreadable."""

from collections.abc import Iterable, Iterator
from typing import Any

import structlog

from payments_common.errors import InvalidMessage, InvalidMoney
from payments_common.gateways.tabby.translate import observation_of
from payments_common.gateways.tabby.wire import TabbyPayment
from payments_common.gateways.wire_types import uuid_or_none
from payments_common.gateways.witness import Witness
from payments_common.schemas.envelope import parse
from payments_common.schemas.observations import Observation

log = structlog.get_logger(__name__)


def readable(payments: Iterable[Any], witness: Witness) -> Iterator[Observation]:
    """What can't be read is named in the log; reading that payment alone will say it again."""
    for each in payments:
        try:
            yield observation_of(parse(TabbyPayment, each, "payment"), witness)
        except (InvalidMessage, InvalidMoney) as error:
            log.warning(
                "listed_payment_not_readable",
                account=witness.account,
                payment_id=uuid_or_none(each.get("id")) if isinstance(each, dict) else None,
                problem=str(error),
            )
