"""`make gateway` writes seven files that pass the house's checks before a line is written."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from payments_common.scaffold.__main__ import (
    SEVEN,
    NotWrittenError,
    kept_apart,
    registered,
    write_gateway,
)

ROOT = Path(__file__).parents[2]
LIBRARY = "libs/common/src/payments_common"
TO_BE_WRITTEN = re.compile(
    r"NotImplementedError.*(client|gateway|webhooks|paymob)\.py|404 Not Found.*/sandbox/paymob/",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What of the repository the command needs, in a folder of its own."""
    for name in ("pyproject.toml", "libs/common/pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in (LIBRARY, "tests/conformance", "tests/support"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def run(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In that checkout, whose library is found before the one that is installed."""
    library = str(checkout / "libs/common/src")
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=checkout,
        env={**os.environ, "MYPYPATH": library, "PYTHONPATH": library},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["abc", "paymob"])
def test_what_is_written_passes_lint_and_types(checkout: Path, name: str) -> None:
    folder = f"{LIBRARY}/gateways/{name}"
    subject = f"tests/conformance/subjects/{name}.py"
    write_gateway(name, checkout)
    for command in (
        ["ruff", "check", "--fix", "--quiet", folder, subject],
        ["ruff", "format", "--quiet", folder, subject],
    ):
        done = run(checkout, *command)
        assert done.returncode == 0, done.stdout
    assert run(checkout, "ruff", "check", folder, subject).returncode == 0
    typed = run(checkout, "mypy", "--cache-dir", ".mypy_cache", folder)
    assert typed.returncode == 0, typed.stdout


def test_conformance_fails_only_where_something_is_still_to_be_written(checkout: Path) -> None:
    write_gateway("paymob", checkout)
    install(checkout)
    run(checkout, "pytest", "-q", "-k", "paymob", "--junitxml", "found.xml", "tests/conformance")
    cases = ET.parse(checkout / "found.xml").getroot().iter("testcase")
    failures = {str(case.get("name")): case.find("failure") for case in cases}
    assert len(failures) > 100
    for name, failure in failures.items():
        assert failure is None or TO_BE_WRITTEN.search(failure.get("message", "")), name
    assert sum(failure is not None for failure in failures.values()) > 100


def install(checkout: Path) -> None:
    """Makes the entry points of that checkout known, as `make install` does."""
    project = tomllib.loads((checkout / "libs/common/pyproject.toml").read_text())["project"]
    folder = checkout / "libs/common/src/payments_common-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: payments-common\nVersion: 0.1.0\n"
    )
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (folder / "entry_points.txt").write_text("\n".join(lines))


def test_seven_files_are_written_and_registered(checkout: Path) -> None:
    written = write_gateway("paymob", checkout)
    folder = checkout / LIBRARY / "gateways" / "paymob"
    assert {path.name for path in folder.iterdir()} == {*SEVEN, "__init__.py"}
    assert len(SEVEN) == 7
    assert all(path.is_file() for path in written)
    project = tomllib.loads((checkout / "libs/common/pyproject.toml").read_text())["project"]
    for group in project["entry-points"].values():
        assert "paymob" in group
        assert list(group) == sorted(group)
    assert kept_apart_in(checkout) == ["myfatoorah", "paymob", "tabby", "tamara"]


def test_every_gateway_is_kept_apart_from_the_others() -> None:
    folders = (each.parent.name for each in (ROOT / LIBRARY / "gateways").glob("*/gateway.py"))
    assert kept_apart_in(ROOT) == sorted(folders)


def kept_apart_in(checkout: Path) -> list[str]:
    """The gateways that may not import one another, by the import rules."""
    rules = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["importlinter"]
    (rule,) = [
        each for each in rules["contracts"] if each["name"] == "One gateway never imports another"
    ]
    return [module.rpartition(".")[2] for module in rule["modules"]]


@pytest.mark.parametrize(
    ("file", "change"),
    [("libs/common/pyproject.toml", registered), ("pyproject.toml", kept_apart)],
)
def test_registering_again_changes_nothing(file: str, change: Callable[[str, str], str]) -> None:
    once = change((ROOT / file).read_text(), "paymob")
    assert change(once, "paymob") == once


def test_a_gateway_that_is_there_is_never_written_over(checkout: Path) -> None:
    with pytest.raises(NotWrittenError, match="tabby"):
        write_gateway("tabby", checkout)


@pytest.mark.parametrize("name", ["", "Tabby", "my-gateway", "class", "../evil", "1st"])
def test_a_name_that_cannot_be_a_package_is_refused(name: str) -> None:
    done = run(ROOT, "payments_common.scaffold", name)
    assert done.returncode == 2
    assert "such as paymob" in done.stderr


def test_outside_the_repository_nothing_is_written(tmp_path: Path) -> None:
    done = run(tmp_path, "payments_common.scaffold", "paymob")
    assert done.returncode == 1
    assert "not the root of this repository" in done.stderr
    assert list(tmp_path.iterdir()) == []
