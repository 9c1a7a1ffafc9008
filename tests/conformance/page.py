"""docs/gateways.md: what each gateway declares, and what the scenarios found."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from conformance.results import NOT_MEANINGFUL, REFUSED, YES, Result
from conformance.subject import Subject
from payments_common.gateways.port import Capabilities, WebhookCoverage

FOLDER = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "gateways.md"
INTRODUCTION = """\
# What each gateway can do

Made by `make conformance` from what each gateway declares and from the scenarios below, which run
against its sandbox; a test fails when this page is out of date. Do not edit it.

"refused" means that the gateway cannot do it and the caller is told so, clearly, before the
gateway is asked. "—" means that the scenario says nothing of this gateway.
"""
_COVERS = {
    WebhookCoverage.SENDER: "who sends it; nothing of the body",
    WebhookCoverage.SIGNED_FIELDS: "ids and statuses; no amounts",
    WebhookCoverage.WHOLE_BODY: "the whole body",
}
_SHOWN = {YES: "yes", REFUSED: "refused", NOT_MEANINGFUL: "—"}

Line = tuple[str, Callable[[Capabilities], str]]


def _yes_or_no(name: str) -> Callable[[Capabilities], str]:
    return lambda able: "yes" if getattr(able, name) else "no"


_ABILITIES: tuple[Line, ...] = (
    ("capture by hand, after the payment", _yes_or_no("manual_capture")),
    ("capture a part", _yes_or_no("partial_capture")),
    ("capture the rest later", _yes_or_no("several_captures")),
    ("refund a part", _yes_or_no("partial_refund")),
    ("refund only after the rest is captured or voided", _yes_or_no("refund_needs_closed")),
    ("void", _yes_or_no("void")),
    ("void a part", _yes_or_no("partial_void")),
    ("void the rest after a capture", _yes_or_no("void_after_capture")),
    ("choose the payment method with the session", _yes_or_no("chooses_method")),
    ("waits for our call after the customer's approval", _yes_or_no("authorizes_by_call")),
    ("lists payments", _yes_or_no("list_payments")),
    ("webhooks registered by API", _yes_or_no("registers_webhooks")),
    ("a webhook's authentication covers", lambda able: _COVERS[able.webhook_covers]),
    ("so the payment is read back before anything is believed", lambda _: "yes"),
    ("captures come back with our reference", _yes_or_no("echoes_capture_reference")),
    ("refunds come back with our reference", _yes_or_no("echoes_refund_reference")),
    ("the same refund reference twice has one effect", _yes_or_no("reference_is_idempotent")),
    ("an effect shows after, at most", lambda able: f"{able.settle_seconds:g} s"),
)


def generated(
    subjects: Sequence[Subject],
    abilities: Mapping[str, Capabilities],
    results: Iterable[Result],
) -> str:
    found = list(results)
    parts = [INTRODUCTION, "## Abilities\n", abilities_table(subjects, abilities)]
    for group in _groups():
        rows = [_row(scenario, group, subjects, found) for scenario in scenarios(group)]
        head = _heading(group)
        parts += [f"## {head.partition(':')[0]}\n", f"{_sentence(head)}\n", _table(subjects, rows)]
    return "\n".join(parts)


def scenarios(group: str) -> list[str]:
    """The claims of a file, in its order."""
    tree = ast.parse((FOLDER / f"{group}.py").read_text())
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
        and node.name.startswith("test_")
    ]


def groups_of_scenarios() -> dict[str, list[str]]:
    return {group: scenarios(group) for group in _groups()}


def _groups() -> list[str]:
    order = ["sessions", "statuses", "captures", "refunds", "voids", "late_and_double"]
    order += ["webhooks", "signatures", "outages", "errors"]
    return [f"test_{name}" for name in order]


def _heading(group: str) -> str:
    text = ast.get_docstring(ast.parse((FOLDER / f"{group}.py").read_text()))
    return text or group


def _sentence(heading: str) -> str:
    rest = heading.partition(": ")[2]
    return rest[:1].upper() + rest[1:]


def abilities_table(subjects: Sequence[Subject], abilities: Mapping[str, Capabilities]) -> str:
    """What each gateway declares; it needs no scenario to have run."""
    rows = [("currencies", [" ".join(each.currencies) for each in subjects])]
    rows += [(name, [say(abilities[each.name]) for each in subjects]) for name, say in _ABILITIES]
    return _table(subjects, rows)


def _row(
    scenario: str, group: str, subjects: Sequence[Subject], results: Sequence[Result]
) -> tuple[str, list[str]]:
    claim = scenario.removeprefix("test_").replace("_", " ")
    cells = []
    for subject in subjects:
        mine = {
            r.verdict
            for r in results
            if (r.group, r.scenario, r.gateway) == (group, scenario, subject.name)
        }
        worst = next((v for v in (REFUSED, NOT_MEANINGFUL, YES) if v in mine), None)
        cells.append(_SHOWN[worst] if worst else "**fails**")
    return claim, cells


def _table(subjects: Sequence[Subject], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    lines = [f"| | {' | '.join(each.title for each in subjects)} |"]
    lines.append("| --- |" + " --- |" * len(subjects))
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join(lines) + "\n"
