"""Tells the story with its progress, then shows each order beside the gateway's ledger."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from payments_common.money import Money
from payments_demo.agreement import MEASURES, Agreement, compare, timeline
from payments_demo.house import Urls
from payments_demo.story import Part, parts, storyteller


async def tell_story(urls: Urls, *, environment: Mapping[str, str], console: Console) -> bool:
    """True when our orders and the gateway's ledger agree to the minor unit."""
    lamp, rugs, sofa, vase, ouds = told = parts()

    def tell(title: str, text: str) -> None:
        console.print(f"  [bold]{escape(title)}[/bold]")
        for line in text.splitlines():
            console.print(f"    [dim]{escape(line)}[/dim]", soft_wrap=True)

    async def go_on(_: str) -> None:
        return

    async with storyteller(urls, tell=tell, pause=go_on) as story:
        console.rule("The gateways learn where our webhooks go")
        await story.register_webhooks()
        await _chapter(console, 1, lamp, "captured in full, then partly refunded")
        await story.captured_and_partly_refunded(lamp)
        await _chapter(console, 2, rugs, "captured by hand in two parts, the rest voided")
        await story.captured_in_two_parts_then_closed(rugs)
        await _chapter(console, 3, sofa, "declined")
        await story.declined(sofa)
        await _chapter(console, 4, vase, "approved, authorized by us, shipped, partly refunded")
        await story.approved_then_shipped(vase)
        await _chapter(console, 5, ouds, "paid by card, the refund carried out later")
        await story.paid_then_refunded_by_finance(ouds)
    return _show(console, list(told), urls, environment)


async def _chapter(console: Console, number: int, part: Part, what: str) -> None:
    console.rule(f"Order {number}: {part.order_reference}, {part.total}, {what}")


def _show(console: Console, told: list[Part], urls: Urls, environment: Mapping[str, str]) -> bool:
    agreements = []
    for part in told:
        agreement = compare(part.order_reference, sandbox_url=urls.sandbox, environment=environment)
        agreements.append(agreement)
        console.rule(f"What happened to {part.order_reference}, as support sees it")
        console.out(timeline(part.order_reference, environment=environment), highlight=False)
        console.print(_ledger(agreement))
    console.rule("Our orders beside the gateway's ledger")
    console.print(_totals(agreements))
    return all(each.holds for each in agreements)


def _ledger(agreement: Agreement) -> Table:
    table = Table(
        Column("the gateway's ledger", no_wrap=True),
        Column("amount", justify="right", no_wrap=True),
        Column("origin", no_wrap=True),
        Column("reference"),
        show_edge=False,
    )
    for line in agreement.ledger:
        amount = str(Money(line.amount_minor, agreement.currency))
        table.add_row(line.kind, amount, line.origin, line.reference)
    return table


def _totals(agreements: list[Agreement]) -> Table:
    measures = [Column(name, justify="right", no_wrap=True) for name in MEASURES]
    order = Column("order", overflow="fold", min_width=18)
    table = Table(order, "currency", *measures, "agree?", show_edge=False)
    for each in agreements:
        cells = [_cell(each, name) for name in MEASURES]
        verdict = "[green]yes[/green]" if each.holds else "[red]NO[/red]"
        table.add_row(f"{each.order_reference}\n{each.status}", each.currency, *cells, verdict)
    return table


def _cell(agreement: Agreement, name: str) -> str:
    ours = Money(agreement.ours[name], agreement.currency).to_major()
    theirs = Money(agreement.theirs[name], agreement.currency).to_major()
    return ours if ours == theirs else f"ours {ours}\ntheirs {theirs}"
