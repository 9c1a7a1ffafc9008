"""`make demo`, `make up` and `make down`, as their user runs them."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from payments_demo.agreement import Agreement

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "payments_demo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def test_the_demo_tells_its_story_and_exits_0_when_orders_and_ledger_agree() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Orders and ledger agree to the minor unit." in done.stdout
    assert done.stdout.count("the gateway's ledger ┃") == 5


def test_up_leaves_a_shop_to_click_through_and_down_ends_everything(tmp_path: Path) -> None:
    folder = ("--folder", str(tmp_path))
    opened = run("up", *folder)
    try:
        assert opened.returncode == 0, opened.stdout + opened.stderr
        pages = re.findall(r"http\S+/shop\S*", opened.stdout)
        assert len(pages) == 4
        page = pages[1]
        shown = httpx.get(page, trust_env=False).text
        (checkout,) = set(re.findall(r'href="(http\S+)" rel', shown))
        assert "One-time code" in httpx.get(checkout, trust_env=False).text
        as_operator(opened.stdout)
        again = run("up", *folder)
        assert again.returncode == 1
        assert "make down" in again.stdout
    finally:
        closed = run("down", *folder)
    assert "Stopped." in closed.stdout
    with pytest.raises(httpx.TransportError):
        httpx.get(page, trust_env=False)
    assert "Nothing was running." in run("down", *folder).stdout


def as_operator(welcome: str) -> None:
    """Types what it says, in a shell of its own."""
    lines = [line.strip() for line in welcome.split("operator in this terminal:")[1].splitlines()]
    typed = [line for line in lines if line.startswith((". ", ".venv/"))]
    assert len(typed) == 4
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(typed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("gateway answers") == 4
    assert "Endpoint URL" in done.stdout


@pytest.mark.parametrize(("theirs", "holds"), [(100, True), (101, False)])
def test_one_minor_unit_apart_is_not_agreement(theirs: int, *, holds: bool) -> None:
    agreement = Agreement("SHOP-1", "captured", "SAR", {"captured": 100}, {"captured": theirs}, [])
    assert agreement.holds is holds
