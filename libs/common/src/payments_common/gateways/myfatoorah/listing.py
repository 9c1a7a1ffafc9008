"""MyFatoorah's log of the webhooks that it sent, or tried to: what was missed is found there."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import structlog

from payments_common import strict_json
from payments_common.errors import GatewayRefusal, InvalidMessage, InvalidMoney, OutcomeUnknown
from payments_common.gateways.myfatoorah import answers
from payments_common.gateways.myfatoorah.client import MyFatoorahClient
from payments_common.gateways.myfatoorah.config import MyFatoorahConfig
from payments_common.gateways.myfatoorah.hints import PAYMENT_EVENT, REFUND_EVENT, hint_of
from payments_common.gateways.myfatoorah.inquiry import MyFatoorahInquiry
from payments_common.gateways.myfatoorah.notices import Notice, logged_notice
from payments_common.gateways.myfatoorah.signatures import is_signed, signed_texts
from payments_common.gateways.myfatoorah.wire import LoggedWebhook, WebhookPage, WebhookPageAnswer
from payments_common.gateways.port import CallContext, LoggedDelivery, WebhookHint, WebhookSecret
from payments_common.gateways.reading import read
from payments_common.schemas.envelope import parse
from payments_common.schemas.observations import Observation, ObservationSource

MOST_PAGES = 200
PAGE_SIZE = 500

log = structlog.get_logger(__name__)


class MyFatoorahListing:
    def __init__(
        self, client: MyFatoorahClient, *, inquiry: MyFatoorahInquiry, config: MyFatoorahConfig
    ) -> None:
        self._client = client
        self._inquiry = inquiry
        self._config = config

    async def delivery_log(
        self, *, since: datetime, until: datetime, context: CallContext
    ) -> list[LoggedDelivery]:
        return [
            _delivery(each, self._config.webhook_secrets)
            async for each in self._logged(since=since, until=until, context=context)
        ]

    async def payments(
        self, *, created_from: date, created_before: date, context: CallContext
    ) -> list[Observation]:
        """Of invoices that webhooks of those days tell of: MyFatoorah lists no others."""
        logged = self._logged(
            since=_midnight(created_from), until=_midnight(created_before), context=context
        )
        invoice_ids = dict.fromkeys([each async for each in _invoice_ids(logged)])
        found: dict[str, Observation] = {}
        for invoice_id in invoice_ids:
            seen = await self._readable(invoice_id, context=context)
            if seen is not None and (seen.facts.authorized_minor or seen.facts.captures):
                found[seen.payment_id] = seen
        return list(found.values())

    async def _readable(self, invoice_id: str, *, context: CallContext) -> Observation | None:
        """What can't be read is named in the log and hides no other."""
        source = ObservationSource.POLL
        try:
            return await self._inquiry.payment(invoice_id, source=source, context=context)
        except (InvalidMessage, InvalidMoney) as error:
            problem = str(error)
        except GatewayRefusal as error:
            if error.code != answers.NOT_FOUND:
                raise
            problem = str(error)
        log.warning(
            "listed_payment_not_readable",
            account=self._config.account,
            payment_id=invoice_id,
            problem=problem,
        )
        return None

    async def _logged(
        self, *, since: datetime, until: datetime, context: CallContext
    ) -> AsyncIterator[LoggedWebhook]:
        for number in range(1, MOST_PAGES + 1):
            answer = await self._client.get_webhooks(
                since=since, until=until, page=number, context=context
            )
            accepted = answers.accepted(answer, "list_webhooks")
            page = read(WebhookPageAnswer, accepted, "list_webhooks").page or WebhookPage()
            for item in page.items:
                for each in self._item(item):
                    yield each
            if _is_last(page, number):
                return
        raise OutcomeUnknown(
            f"{self._config.account} has more than {MOST_PAGES} pages of webhooks from {since} to "
            f"{until}; list fewer days at a time"
        )

    def _item(self, item: Any) -> Iterator[LoggedWebhook]:
        try:
            yield parse(LoggedWebhook, item, "item of GetWebhooks")
        except InvalidMessage as error:
            log.warning(
                "logged_webhook_not_readable", account=self._config.account, problem=str(error)
            )


async def _invoice_ids(logged: AsyncIterator[LoggedWebhook]) -> AsyncIterator[str]:
    async for each in logged:
        notice = _notice(each)
        if notice is not None and notice.code in {PAYMENT_EVENT, REFUND_EVENT}:
            hint = _hint(notice)
            if hint is not None:
                yield hint.payment_id


def _delivery(item: LoggedWebhook, secrets: Sequence[WebhookSecret]) -> LoggedDelivery:
    notice = _notice(item)
    texts = signed_texts(notice) if notice else ()
    matching = [each.secret_id for each in secrets if is_signed(item.signature, texts, each)]
    return LoggedDelivery(
        url=item.endpoint,
        event=item.name or f"event {item.code}",
        state=item.status,
        secret_id=next(iter(matching), None),
        hint=_hint(notice) if notice else None,
    )


def _notice(item: LoggedWebhook) -> Notice | None:
    """Data is an object by the documentation; as text it would be the same object's JSON."""
    if not isinstance(item.data, str):
        return logged_notice(item)
    try:
        data = strict_json.loads(item.data.encode())
    except InvalidMessage:
        return None
    return logged_notice(item.model_copy(update={"data": data}))


def _hint(notice: Notice) -> WebhookHint | None:
    try:
        return hint_of(notice)
    except InvalidMessage:
        return None


def _is_last(page: WebhookPage, number: int) -> bool:
    pages = page.pagination.pages if page.pagination else None
    if not page.items:
        return True
    return number >= pages if pages is not None else len(page.items) < PAGE_SIZE


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
