"""A copy of the orchestrator and its unit tests, in which mutmut may break what it likes."""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from json import loads
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKSHOP = ROOT / ".mutants"
PACKAGE = Path("services/payment-orchestrator/src/payment_orchestrator")
DOMAIN = "payment_orchestrator.domain"
COPIED = {
    PACKAGE: Path("src/payment_orchestrator"),
    Path("tests/support"): Path("tests/support"),
    Path("tests/unit/payment_orchestrator"): Path("tests/unit/payment_orchestrator"),
    Path("tests/conftest.py"): Path("tests/conftest.py"),
    Path("pyproject.toml"): Path("pyproject.toml"),
}


class Fate(StrEnum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    UNTESTED = "untested"


# What mutmut keeps of each mutant is how its test run ended.
_SURVIVED, _UNTESTED = {0}, {5, 33}
_TIMED_OUT = {-24, 24, 36, 152, 255}


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    module: str
    fate: Fate


def prepare() -> None:
    """Begins anew, so that nothing is believed that was found about other tests."""
    shutil.rmtree(WORKSHOP, ignore_errors=True)
    for source, target in COPIED.items():
        there = WORKSHOP / target
        there.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, there)


def run(modules: Sequence[str], *, children: int) -> int:
    """Runs mutmut on these modules of the domain, on all where none is named; its exit code."""
    names = [f"{DOMAIN}.{module}.*" for module in modules]
    command = [_mutmut(), "run", "--max-children", str(children), *names]
    with (WORKSHOP / "mutmut.log").open("w") as log:
        return subprocess.run(command, cwd=WORKSHOP, stdout=log, stderr=log, check=False).returncode


def mutants() -> Iterator[Mutant]:
    """Those that were tried, by module."""
    for kept in sorted((WORKSHOP / "mutants/src").rglob("domain/*.py.meta")):
        for name, ended in loads(kept.read_text())["exit_code_by_key"].items():
            if ended is not None:
                yield Mutant(name, kept.name.removesuffix(".py.meta"), _fate(ended))


def shown(mutant: Mutant) -> str:
    """What was changed, as lines of a diff."""
    command = [_mutmut(), "show", mutant.name]
    told = subprocess.run(command, cwd=WORKSHOP, capture_output=True, text=True, check=False)
    lines = [line for line in told.stdout.splitlines() if line[:1] in {"+", "-"}]
    return "\n".join(f"    {line}" for line in lines if line[:3] not in {"+++", "---"})


def _fate(ended: int) -> Fate:
    if ended in _SURVIVED:
        return Fate.SURVIVED
    if ended in _UNTESTED:
        return Fate.UNTESTED
    return Fate.TIMED_OUT if ended in _TIMED_OUT else Fate.KILLED


def _mutmut() -> str:
    return str(Path(sys.executable).with_name("mutmut"))
