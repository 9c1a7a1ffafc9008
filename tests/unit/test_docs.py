"""The documents say what the code does: links, codes, metrics, limits, words."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.config import Settings
from payment_orchestrator.domain.audit_entry import EntryOutcome, Origin
from payment_orchestrator.domain.order import OrderStatus, Review
from payment_orchestrator.entrypoints.cli.operation_rows import COLUMNS
from payments_common import errors
from payments_common.breakers.metrics import tell_breakers
from payments_common.clock import SystemClock
from payments_common.config import AccountSettings
from payments_common.gateways import port
from payments_common.messaging import messages, topology
from payments_common.schemas.commands import COMMANDS, routing_key
from payments_common.schemas.events import EventType
from payments_common.schemas.replies import Outcome
from reconciler.adapters.metrics import ReconcilerMetrics
from reconciler.config import Settings as ReconcilerSettings
from reconciler.domain.discrepancy import Kind, State
from webhook_ingress.config import IngressConfig
from webhook_ingress.metrics import IngressMetrics

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CALLING = (DOCS / "calling-service.md").read_text()
OPERATOR = (DOCS / "gateway-operator.md").read_text()
SRE = (DOCS / "sre.md").read_text()
AUTHOR = (DOCS / "gateway-author.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SOURCES = [
    *ROOT.glob("libs/common/src/**/*.py"),
    *ROOT.glob("services/payment-orchestrator/src/**/*.py"),
]
# What a caller meets in an answer of ours; a gateway's own words are not ours to list.
ANSWERED = {"Answer", "Decline"}
REFUSALS = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.Refusal)
}


def quoted(text: str) -> set[str]:
    """The words in `code`."""
    return set(re.findall(r"`([^`\n]+)`", text))


def calls_of(*names: str) -> Iterator[ast.Call]:
    for source in SOURCES:
        if "examples" in source.name:
            continue
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                name = getattr(called, "id", None) or getattr(called, "attr", None)
                if name in names:
                    yield node


def codes_given_to(*classes: str) -> set[str]:
    """The literal codes with which the code makes these."""
    return {
        code
        for call in calls_of(*classes)
        for keyword in call.keywords
        if keyword.arg == "code"
        for code in literals(keyword.value)
    }


def literals(value: ast.expr) -> Iterator[str]:
    """Of a choice both sides, of a text with parts put in nothing."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from literals(value.body)
        yield from literals(value.orelse)


def anchors(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in titles}


def links() -> Iterator[tuple[str, str]]:
    for document in DOCUMENTS:
        text = re.sub(r"```.*?```", "", document.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not target.startswith(("http://", "https://", "mailto:")):
                yield str(document.relative_to(ROOT)), target


@pytest.mark.parametrize(("document", "target"), sorted(set(links())))
def test_a_relative_link_leads_somewhere(document: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    linked = (ROOT / document).parent / path if path else ROOT / document
    assert linked.exists()
    if anchor:
        assert anchor in anchors(linked)


def test_callers_are_told_of_every_code_that_refuses_them() -> None:
    defaults = {each.code for each in REFUSALS.values()}
    told = quoted(CALLING)
    assert (codes_given_to(*REFUSALS, *ANSWERED) | defaults) - told == set()


def test_callers_are_told_of_no_code_that_the_code_does_not_know() -> None:
    table = CALLING.split("### Refusals")[1].split("\n\n")[1]
    told = {code for row in table.splitlines()[2:] for code in quoted(row.split("|")[1])}
    known = codes_given_to(*REFUSALS) | {each.code for each in REFUSALS.values()}
    prefixed = {"gateway_…", "invalid_payment_id", "invalid_webhook_id"}
    assert told - known - prefixed == set()


def test_operators_are_told_of_every_reason_to_refuse_a_webhook() -> None:
    codes = codes_given_to("WebhookRefused")
    assert codes
    assert codes - quoted(OPERATOR) == set()


def test_callers_are_told_of_every_command_event_status_and_outcome() -> None:
    words = {*map(routing_key, COMMANDS), *EventType, *OrderStatus, *Outcome}
    assert words - quoted(CALLING) == set()


@pytest.mark.parametrize("model", COMMANDS.values())
def test_callers_are_told_of_every_field(model: type[Any]) -> None:
    assert set(model.model_fields) - quoted(CALLING) == set()


def test_operators_are_told_of_every_review_and_account_setting() -> None:
    assert set(Review) - quoted(OPERATOR) == set()
    assert all(re.search(rf"\b{name}\b", OPERATOR) for name in AccountSettings.model_fields)


def test_operators_are_told_of_every_kind_and_state_of_a_discrepancy() -> None:
    section = OPERATOR.split("## Reconciliation")[1].split("\n## ")[0]
    assert {*Kind, *State} - quoted(section) == set()


def test_operators_are_told_of_every_column_and_word_of_the_log_of_operations() -> None:
    section = OPERATOR.split("## The capture log and the refund log")[1].split("\n## ")[0]
    assert {*COLUMNS, *EntryOutcome, *Origin} - quoted(section) == set()


def test_operators_are_told_of_every_word_in_a_timeline() -> None:
    given = (each for call in calls_of("told", "_told") for each in call.args)
    texts = {text for each in given for text in literals(each)}
    kinds = {text for text in texts if re.fullmatch(r"[a-z_]+", text)}
    assert {"created", "operation_closed", "nothing_new"} <= kinds
    assert kinds - quoted(OPERATOR) == set()


def _breaker_metrics(registry: CollectorRegistry) -> None:
    tell_breakers(registry, (), now=SystemClock().now)


@pytest.mark.parametrize(
    ("service", "metrics"),
    [
        ("ingress", IngressMetrics),
        ("orchestrator", OrchestratorMetrics),
        ("reconciler", ReconcilerMetrics),
        ("both, of breakers", _breaker_metrics),
    ],
)
def test_the_metrics_are_those_that_there_are(service: str, metrics: Any) -> None:
    registry = CollectorRegistry()
    metrics(registry)
    names = {
        each.name + ("_total" if each.type == "counter" else "") for each in registry.collect()
    }
    table = SRE.split(f"| {service} | labels |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == names


def limits() -> list[tuple[str, str]]:
    table = SRE.split("## Limits")[1].split("\n\n")[1]
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    return [(place.strip("`"), value) for _, value, place in rows]


@pytest.mark.parametrize(("place", "documented"), limits())
def test_a_limit_is_the_one_in_the_code(place: str, documented: str) -> None:
    assert value_at(place) == float(documented)


def value_at(place: str) -> float:
    if place.startswith("PAYMENTS_INGRESS_"):
        name = place.removeprefix("PAYMENTS_INGRESS_").lower()
        return float(IngressConfig.model_fields[name].default)
    if place.startswith("PAYMENTS_RECONCILER_"):
        name = place.removeprefix("PAYMENTS_").lower()
        return float(ReconcilerSettings.model_fields[name].default)
    if place.startswith("PAYMENTS_"):
        return float(Settings.model_fields[place.removeprefix("PAYMENTS_").lower()].default)
    module, _, name = place.rpartition(".")
    if not module:
        return float(AccountSettings.model_fields[name].default)
    return float(getattr(import_module(module), name))


def test_every_queue_and_every_header_of_a_dead_letter_is_explained() -> None:
    queues = {name for name in topology.QUEUES if ".delay." not in name}
    constants = {str(value) for value in vars(messages).values()}
    headers = {each for each in constants if re.fullmatch(r"x-payments-[a-z-]+", each)}
    assert (queues | headers) - quoted(SRE) == set()


def test_the_whole_port_of_a_gateway_is_explained() -> None:
    calls = {name for name in vars(port.Gateway) if not name.startswith("_")}
    assert calls - quoted(AUTHOR) == set()
    folder = ROOT / "libs/common/src/payments_common/gateways/tabby"
    files = re.findall(r"^\| `([\w.]+)` \|", AUTHOR.split("## The files")[1], re.MULTILINE)
    assert all((folder / name).exists() or (folder / f"{name}.py").exists() for name in files)
