"""An account's health reads the same for a person, a spreadsheet and a program."""

import csv
import io
from collections import Counter

import pytest

from payment_orchestrator.domain.news import COUNTED, Via
from payment_orchestrator.domain.webhook_health import DAY, Health, Traffic, Verdict
from payment_orchestrator.entrypoints.cli.health_rows import (
    COLUMNS,
    as_csv,
    as_lines,
    next_step,
    values_of,
)
from support.builders import NOW, later

TRAFFIC = Traffic(NOW - 30 * DAY, {}, last_60_minutes=4, last_webhook_at=later(-180))
HEALTH = Health(
    account="tabby-ksa",
    learned=Counter({Via.WEBHOOK: 75, Via.POLL: 25, Via.ANSWER: 50}),
    delays=Counter({(Via.WEBHOOK, 2): 60, (Via.POLL, 600): 20}),
    traffic=TRAFFIC,
    expected=12.34,
    verdict=Verdict.MISSING,
)
NEW = Health("tamara-ksa", Counter(), Counter(), Traffic(None, {}, 0, None), None, Verdict.UNJUDGED)


def test_a_person_sees_shares_delays_and_what_to_do_next() -> None:
    assert list(as_lines(HEALTH, now=NOW)) == [
        "  learned by  share  changes    p50 ≤    p95 ≤    p99 ≤",
        "  webhook       75%       75      2 s      2 s      2 s",
        "  poll          25%       25   10 min   10 min   10 min",
        "  asked          0%        0",
        "  webhooks    4 in the last 60 minutes, 12.3 are usual; "
        "the last at 2026-11-23 08:57:00 UTC, 3 min ago",
        "  next        payments webhooks verify tabby-ksa; if that is well, "
        "payments webhooks sync tabby-ksa",
    ]


def test_of_a_new_account_a_person_sees_that_nothing_is_known() -> None:
    text = "\n".join(as_lines(NEW, now=NOW))
    assert "0 in the last 60 minutes, not known yet what is usual; none is known" in text


def test_a_program_gets_every_column_in_its_place() -> None:
    values = values_of(HEALTH)
    assert tuple(values) == COLUMNS
    assert (values["changes"], values["webhook"], values["poll"], values["asked"]) == (
        *(100, 75, 25, 0),
    )
    assert values["poll_delay_p95_seconds"] == 600
    assert values["asked_delay_p95_seconds"] is None
    assert (values["expected"], values["last_webhook_at"]) == (12.3, "2026-11-23T08:57:00+00:00")


def test_a_spreadsheet_gets_a_row_for_each_account() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv([values_of(HEALTH), values_of(NEW)]))))
    assert [(row["account"], row["poll"], row["expected"]) for row in rows] == [
        ("tabby-ksa", "25", "12.3"),
        ("tamara-ksa", "0", ""),
    ]


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_a_next_step_that_names_the_account(verdict: Verdict) -> None:
    step = next_step(Health("tabby-ksa", Counter(), Counter(), TRAFFIC, None, verdict))
    assert "tabby-ksa" in step or verdict is Verdict.WELL


def test_answers_to_our_own_calls_are_no_way_to_learn_by() -> None:
    assert Via.ANSWER not in COUNTED
    assert "answer" not in values_of(HEALTH)
