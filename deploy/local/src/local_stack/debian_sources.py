"""Where Debian's packages come from, and an apt configuration that stands on its own."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SUITE = "bookworm"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEFAULT_MIRROR = "http://deb.debian.org/debian"
# How to reach the mirror is the system's knowledge; what to trust is not taken from it.
KEPT_SETTINGS = (
    "Acquire::http",
    "Acquire::https",
    "Acquire::Check-Valid-Until",
    "Acquire::ForceIPv4",
)
TRANSFER_TIMEOUT_SECONDS = 900


class FetchError(Exception):
    """A program could not be fetched; the message says why."""


@dataclass(frozen=True)
class Mirror:
    """The archive and its security updates."""

    uri: str
    security_uri: str


def find_mirror() -> Mirror:
    """The mirror this system uses; raises FetchError where apt or Debian's keys are missing."""
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise FetchError(f"{tool} is not installed")
    if not KEYRING.exists():
        raise FetchError(f"Debian's keys are not at {KEYRING}")
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    return choose_mirror(targets.stdout.splitlines())


def choose_mirror(known_uris: list[str]) -> Mirror:
    """Debian's archive among those the system knows, else the public one."""
    uris = [uri.rstrip("/") for uri in known_uris]
    main = next((uri for uri in uris if uri.endswith("/debian")), DEFAULT_MIRROR)
    security = next((uri for uri in uris if uri.endswith("/debian-security")), f"{main}-security")
    return Mirror(uri=main, security_uri=security)


def apt_configuration(folder: Path, *, mirror: Mirror) -> Path:
    """Write a configuration under which apt knows and changes nothing but this folder."""
    for part in ("state/lists/partial", "cache/archives/partial", "log", "empty"):
        (folder / part).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources.list").write_text(
        f"deb [signed-by={KEYRING}] {mirror.uri} {SUITE} main\n"
        f"deb [signed-by={KEYRING}] {mirror.security_uri} {SUITE}-security main\n"
    )
    configuration = folder / "apt.conf"
    configuration.write_text(_settings(folder) + _kept_settings())
    return configuration


def run(command: list[str], *, configuration: Path, folder: Path | None = None) -> str:
    """Run apt with this configuration and return what it printed; raises FetchError."""
    try:
        outcome = subprocess.run(
            command,
            env={**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C"},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=TRANSFER_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired as late:
        raise FetchError(f"{' '.join(command)} took over {late.timeout:g} s") from late
    if outcome.returncode != 0:
        problem = " / ".join(outcome.stderr.strip().splitlines()[:3])
        raise FetchError(f"{' '.join(command)} failed: {problem}")
    return outcome.stdout


def architecture() -> str:
    """Debian's name of this machine's architecture, or what the kernel calls it."""
    if shutil.which("dpkg") is None:
        return os.uname().machine
    query = ["dpkg", "--print-architecture"]
    return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()


def _settings(folder: Path) -> str:
    # Dir::Etc::parts and main lead nowhere: hooks of the system's configuration must not run.
    return f"""\
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Log "{folder}/log";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "{folder}/empty";
Dir::Etc::parts "{folder}/empty";
Dir::Etc::main "/dev/null";
APT::Sandbox::User "";
APT::Architecture "{architecture()}";
APT::Architectures "{architecture()}";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
"""


def _kept_settings() -> str:
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    kept = [line for line in dump.stdout.splitlines() if line.startswith(KEPT_SETTINGS)]
    return "\n".join(kept) + "\n"
