"""The crash test's trap counts what is passed for one order, and ends its process at one place."""

import os
import signal
from itertools import chain
from pathlib import Path

import pytest

from crash.combination import Combination, every_nth
from crash.trap import Armed, Trap, text_of

ABOUT_US = b'{"subject": "ORDER-1"}'
ABOUT_OTHERS = b'{"subject": "ORDER-2"}'
HOOKED = b'{"data": {"body_base64":"eyJpZCI6ICJPUkRFUi0xIn0="}}'


@pytest.fixture
def armed_file(tmp_path: Path) -> Path:
    return tmp_path / "armed.json"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace"
    path.touch()
    return path


def arm(armed_file: Path, trace: Path, *, die_at: str | None = None) -> None:
    armed = Armed(marks=("ORDER-1",), trace=str(trace), die_at=die_at)
    armed_file.write_text(armed.model_dump_json())


def test_it_counts_each_boundary_of_the_marked_order(armed_file: Path, trace: Path) -> None:
    arm(armed_file, trace)
    trap = Trap(armed_file)
    trap.begin("commands", ABOUT_US)
    trap.passed("orders.save:before")
    trap.passed("orders.save:before")
    assert trace.read_text().splitlines() == [
        "commands/orders.save:before#1",
        "commands/orders.save:before#2",
    ]


def test_the_work_of_other_orders_is_not_counted(armed_file: Path, trace: Path) -> None:
    arm(armed_file, trace)
    trap = Trap(armed_file)
    trap.begin("commands", ABOUT_OTHERS)
    trap.passed("orders.save:before")
    assert trace.read_text() == ""


def test_work_that_began_before_it_was_armed_is_not_counted(armed_file: Path, trace: Path) -> None:
    trap = Trap(armed_file)
    trap.begin("commands", ABOUT_US)
    arm(armed_file, trace)
    trap.passed("orders.save:before")
    assert trace.read_text() == ""


def test_an_order_is_found_in_the_webhook_that_a_message_carries() -> None:
    assert "ORDER-1" in text_of(HOOKED)


def test_it_ends_its_process_at_its_place_and_not_before(armed_file: Path, trace: Path) -> None:
    arm(armed_file, trace, die_at="commands/orders.save:before#2")
    child = os.fork()
    if child == 0:
        trap = Trap(armed_file)
        trap.begin("commands", ABOUT_US)
        for _ in range(3):
            trap.passed("orders.save:before")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert len(trace.read_text().splitlines()) == 2


def test_it_lets_live_who_was_disarmed_meanwhile(armed_file: Path, trace: Path) -> None:
    arm(armed_file, trace, die_at="commands/orders.save:before#1")
    trap = Trap(armed_file)
    trap.begin("commands", ABOUT_US)
    armed_file.unlink()
    trap.passed("orders.save:before")


def test_a_combination_reads_as_it_is_written() -> None:
    text = "tabby/capture/commands/orders.save:after#2"
    combination = Combination.read(text)
    assert str(combination) == text
    assert combination.place == "commands/orders.save:after#2"


def test_the_parts_of_a_run_are_all_of_it_and_do_not_overlap() -> None:
    everything = [Combination("tabby", "capture", f"commands/a:before#{n}") for n in range(10)]
    parts = [every_nth(everything, f"{number}/3") for number in (1, 2, 3)]
    assert sorted(map(str, chain(*parts))) == sorted(map(str, everything))
