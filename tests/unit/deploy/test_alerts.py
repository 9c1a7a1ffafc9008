"""The alert rules name what there is: metrics, labels, values, and what to do about each."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry, Metric

from payment_orchestrator.adapters.metrics import OrchestratorMetrics
from payment_orchestrator.domain.news import Via
from payment_orchestrator.domain.order import OperationState, Review
from payments_common import errors
from payments_common.breakers.metrics import tell_breakers
from payments_common.clock import SystemClock
from payments_common.messaging import delivery_policy
from payments_common.messaging.observer import CONFIRMED
from reconciler.adapters.metrics import ReconcilerMetrics
from webhook_ingress.metrics import ACCEPTED, IngressMetrics

ROOT = Path(__file__).parents[3]
SRE = (ROOT / "docs" / "sre.md").read_text()
GATEWAYS = ROOT / "libs" / "common" / "src" / "payments_common" / "gateways"
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
SUFFIXES = {"counter": ("_total",), "histogram": ("_count", "_sum", "_bucket"), "gauge": ("",)}
REFUSALS = {
    code
    for source in GATEWAYS.rglob("*.py")
    for code in re.findall(r'WebhookRefused\([^)]*code="(\w+)"', source.read_text(), re.DOTALL)
}
CODES = {each.code for each in vars(errors).values() if hasattr(each, "code")}
VALUES: dict[str, set[str]] = {
    "review": set(Review),
    "state": set(OperationState),
    "via": set(Via),
    "result": {"no_answer", "200", "401", "403", "500", "503"},
    "outcome": {
        *(delivery_policy.RETRIED, delivery_policy.REQUEUED, delivery_policy.DEAD_LETTERED),
        *(CONFIRMED, ACCEPTED, "secret_not_configured"),
        *REFUSALS,
        *CODES,
    },
}


def known() -> Iterator[Metric]:
    for metrics in (OrchestratorMetrics, IngressMetrics, ReconcilerMetrics):
        registry = CollectorRegistry()
        metrics(registry)
        tell_breakers(registry, (), now=SystemClock().now)
        yield from registry.collect()


NAMES = {each.name + suffix for each in known() for suffix in SUFFIXES[each.type]}


@pytest.fixture(params=RULES, ids=lambda rule: rule["alert"])
def rule(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def test_every_metric_in_a_rule_is_one_that_there_is(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"\b(?:payments|webhooks?|refused|http)_\w+", _bare(rule["expr"])))
    assert named
    assert named - NAMES == set()


def test_every_value_in_a_rule_is_one_that_the_label_can_have(rule: dict[str, Any]) -> None:
    for label, _, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', rule["expr"]):
        for wanted in value.split("|"):
            assert any(re.fullmatch(wanted, each) for each in VALUES[label]), (label, wanted)


def test_every_rule_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    said = rule["annotations"]
    assert set(said) == {"summary", "action", "runbook"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    named = set(re.findall(r"\$labels\.(\w+)", f"{said['summary']} {said['action']}"))
    assert named <= set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", rule["expr"]))))


def test_what_to_do_stands_in_the_document_under_the_name_of_the_alert(
    rule: dict[str, Any],
) -> None:
    assert rule["annotations"]["runbook"] == f"docs/sre.md#{rule['alert'].lower()}"
    assert f"\n### {rule['alert']}\n" in SRE


def test_every_alert_in_the_document_is_a_rule() -> None:
    section = SRE.split("\n## Alerts\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (\w+)$", section, re.MULTILINE) == [rule["alert"] for rule in RULES]


def test_a_count_that_an_alert_waits_for_is_there_before_the_first_time() -> None:
    """Else Prometheus sees nothing grow when the first message is set aside."""
    registry = CollectorRegistry()
    OrchestratorMetrics(registry)
    labels = {"queue": "orchestrator.commands", "outcome": "dead_lettered"}
    assert registry.get_sample_value("payments_handled_seconds_count", labels) == 0


def test_changes_that_were_only_polled_are_seen_from_the_first_on() -> None:
    registry = CollectorRegistry()
    OrchestratorMetrics(registry).news.begin(["tabby-ksa"])
    labels = {"account": "tabby-ksa", "via": "poll"}
    assert registry.get_sample_value("payments_changes_learned_total", labels) == 0


def _bare(expression: str) -> str:
    """Without the values of labels."""
    return re.sub(r'"[^"]*"', '""', expression)
