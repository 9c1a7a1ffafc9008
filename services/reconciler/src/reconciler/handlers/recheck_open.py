"""What is open from before and was not seen now is looked at itself: lists go back some days."""

from payments_common.schemas.observations import Observation
from reconciler.domain.discrepancy import Discrepancy, Kind, State
from reconciler.domain.known import has_money
from reconciler.handlers.compare_payments import compare_payments, keep
from reconciler.handlers.read_payment import Silence, read_payment
from reconciler.handlers.reconciling import ListedAccount, ListTools, Run

MOST_RECHECKED = 500
"""In one run; the next takes those that were seen longest ago."""


async def recheck_open(run: Run, *, of: ListedAccount, tools: ListTools) -> None:
    """Raises as reading does."""
    waiting = [
        each async for each in tools.discrepancies.open_ones(run.account) if each.run != run.name
    ][:MOST_RECHECKED]
    run.progress.begin("looking at open discrepancies", len(waiting))
    for each in waiting:
        await _recheck(each, run, of=of, tools=tools)
        run.progress.advance()


async def _recheck(
    discrepancy: Discrepancy, run: Run, *, of: ListedAccount, tools: ListTools
) -> None:
    known = discrepancy.found
    said = await read_payment(known.payment_id, known.order_id, run, of=of, tools=tools)
    if said is Silence.UNREADABLE:
        return
    kinds: set[Kind] = set()
    if isinstance(said, Observation):
        found = await compare_payments([said], run, of=of, tools=tools)
        kinds = {each.kind for each in found}
    is_there = isinstance(said, Observation) and has_money(said.facts)
    if known.kind is Kind.MISSING_AT_GATEWAY and not is_there:
        await keep(known, run, tools=tools)
    elif known.kind not in kinds:
        is_joined = known.kind.is_news and isinstance(said, Observation)
        state = State.JOINED if is_joined else State.GONE
        await tools.discrepancies.settle(known, state, run=run.name, now=tools.clock.now())
