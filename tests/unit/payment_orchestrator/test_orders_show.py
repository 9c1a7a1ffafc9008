"""What `payments orders show --json` prints of an order, and what it keeps to itself."""

import json

from payment_orchestrator.domain.sessions import remember
from payment_orchestrator.entrypoints.cli.orders import as_json_text
from payments_common.schemas.replies import Answer, Outcome
from support.builders import authorized, change_of


def test_neither_the_customer_nor_a_status_token_is_printed() -> None:
    answer = Answer(command_id="once", outcome=Outcome.SUCCEEDED, status_token="token-7712")
    printed = as_json_text(remember(change_of(authorized()), answer).order)
    assert json.loads(printed)["answers"][0]["command_id"] == "once"
    for secret in ("7712", "otp.success", "+9665", "Test Customer"):
        assert secret not in printed
