"""The one Dockerfile: locked and hashed dependencies, no privileges, nothing but what is needed."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "deploy" / "docker"
TEXT = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
INSTRUCTIONS = TEXT.replace("\\\n", " ").splitlines()
FINAL = INSTRUCTIONS[max(n for n, line in enumerate(INSTRUCTIONS) if line.startswith("FROM")) :]
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
COPIED = [
    source
    for line in INSTRUCTIONS
    if line.startswith("COPY") and "--from" not in line
    for source in line.split()[1:-1]
]


def test_the_base_image_is_pinned_to_a_patch_release() -> None:
    assert "ARG PYTHON_IMAGE=python:3.11." in TEXT
    assert all(
        line.split()[1] == "${PYTHON_IMAGE}" for line in INSTRUCTIONS if line.startswith("FROM")
    )


def test_every_install_from_outside_checks_hashes() -> None:
    installs = re.findall(r"pip install[^&]*", TEXT.replace("\\\n", " "))
    assert len(installs) == 3
    assert all("--require-hashes --only-binary :all:" in each for each in installs[:2])
    assert "--offline --no-index" in installs[2]


def test_the_final_stage_runs_as_a_user_without_privileges() -> None:
    assert [line for line in FINAL if line.startswith("USER")] == ["USER 10001:10001"]
    after = FINAL[FINAL.index("USER 10001:10001") :]
    assert not [line for line in after if line.startswith(("RUN", "COPY", "ADD"))]


def test_the_final_stage_installs_nothing() -> None:
    assert not re.search(r"apt-get|pip |uv |gcc|curl", "\n".join(FINAL))
    assert sum(line.startswith("COPY") for line in FINAL) == 1


def test_the_final_stage_says_how_it_is_watched_and_started() -> None:
    assert any(line.startswith("HEALTHCHECK") and "/healthz" in line for line in FINAL)
    assert FINAL[-1] == 'ENTRYPOINT ["with-secrets"]'


def test_nothing_needs_buildkit() -> None:
    assert not re.search(r"--mount|--chmod|--link|<<", TEXT)


def _in_context(path: Path) -> bool:
    """By .dockerignore as Docker reads it: the last rule that fits a file or a parent decides."""
    verdict = True
    name = path.relative_to(ROOT).as_posix()
    for rule in IGNORED:
        pattern = re.escape(rule.lstrip("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if rule and not rule.startswith("#") and re.fullmatch(rf"{pattern}(/.*)?", name):
            verdict = rule.startswith("!")
    return verdict


@pytest.mark.parametrize("source", COPIED)
def test_what_is_copied_is_there_and_in_the_context(source: str) -> None:
    path = ROOT / source
    files = [path] if path.is_file() else [each for each in path.rglob("*.py") if each.is_file()]
    assert files
    assert all(_in_context(each) for each in files)


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".git/config",
        ".venv/pyvenv.cfg",
        "deploy/docker/secrets/mongodb_key_file",
        "libs/common/src/payments_common/__pycache__/money.pyc",
        "tests/conftest.py",
    ],
)
def test_what_the_image_does_not_need_is_not_in_the_context(name: str) -> None:
    assert not _in_context(ROOT / name)


def test_every_member_of_the_workspace_is_known_to_the_lock_in_the_image() -> None:
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]
    for member in workspace["members"]:
        assert f"{member}/pyproject.toml" in COPIED


def test_the_build_tools_are_those_of_the_workspace() -> None:
    pinned = dict(
        re.findall(
            r"^([\w-]+)==([\w.]+)", (DOCKER / "build-requirements.txt").read_text(), re.MULTILINE
        )
    )
    for path in ROOT.glob("[!.]*/*/pyproject.toml"):
        (wanted,) = tomllib.loads(path.read_text())["build-system"]["requires"]
        assert wanted == f"hatchling=={pinned['hatchling']}"
    development = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert f"uv=={pinned['uv']}" in development
