"""A private MongoDB replica set of one member."""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from local_stack.guarded_folder import GuardedFolder
from local_stack.ports import LOOPBACK, free_ports
from local_stack.rabbitmq import port_answers
from local_stack.server_process import ServerProcess

REPLICA_SET = "rs0"
ALREADY_INITIALIZED = 23
ANSWER_MILLISECONDS = 2_000
PARAMETERS = (
    "transactionLifetimeLimitSeconds=30",
    "diagnosticDataCollectionEnabled=false",
    # A stop by signal else waits 15 s for clients to find another primary.
    "shutdownTimeoutMillisForSignaledShutdown=100",
)


@dataclass(frozen=True)
class MongoDBBinaries:
    """Where mongod lies; `library_path` holds libraries the system lacks."""

    mongod: Path
    library_path: str = ""


class MongoDBServer:
    """A primary on loopback; all it writes is in the guarded folder."""

    def __init__(self, *, binaries: MongoDBBinaries, guard: GuardedFolder) -> None:
        (self._port,) = free_ports(1)
        folder = guard.path / f"mongodb-{self._port}"
        data = folder / "data"
        folder.mkdir()
        data.mkdir()
        environment = {"HOME": str(folder), "TMPDIR": str(folder), "PATH": "/usr/bin:/bin"}
        if binaries.library_path:
            environment["LD_LIBRARY_PATH"] = binaries.library_path
        self._mongod = ServerProcess(
            "MongoDB",
            _command(binaries.mongod, port=self._port, data=data),
            guard=guard,
            environment=environment,
            folder=folder,
            log=folder / "mongodb.log",
        )

    @property
    def url(self) -> str:
        return replica_set_url(LOOPBACK, self._port)

    def start(self) -> None:
        """Start mongod, make it a replica set, and wait for a writable primary."""
        self._mongod.start(ready=self._is_ready)

    def discard(self) -> None:
        """End the process of a start that failed."""
        self._mongod.kill()

    def kill(self) -> None:
        self._mongod.kill()

    def stop(self) -> None:
        self._mongod.stop()

    def restart(self) -> None:
        self._mongod.stop()
        self.start()

    def suspend(self) -> None:
        self._mongod.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._mongod.signal(signal.SIGCONT)

    def _is_ready(self) -> bool:
        return port_answers(LOOPBACK, self._port) and (
            is_writable_primary(self.url) or initiate(LOOPBACK, self._port)
        )


def replica_set_url(host: str, port: int) -> str:
    """The URL of the only member."""
    return f"mongodb://{host}:{port}/?replicaSet={REPLICA_SET}&directConnection=true"


def is_writable_primary(url: str) -> bool:
    """Whether the server calls itself a primary that takes writes."""
    try:
        return bool(_admin_command(url, {"hello": 1}).get("isWritablePrimary"))
    except PyMongoError:
        return False


def initiate(host: str, port: int, *, member: str | None = None) -> bool:
    """Ask for a replica set of one; false, because a primary must still be elected."""
    members = [{"_id": 0, "host": member or f"{host}:{port}"}]
    url = f"mongodb://{host}:{port}/?directConnection=true"
    try:
        _admin_command(url, {"replSetInitiate": {"_id": REPLICA_SET, "members": members}})
    except OperationFailure as problem:
        if problem.code != ALREADY_INITIALIZED:
            raise
    except PyMongoError:  # not up yet
        return False
    return False


def _admin_command(url: str, command: dict[str, Any]) -> dict[str, Any]:
    # A new client each time: one made before the initiation never learns of the replica set.
    client: MongoClient[dict[str, Any]] = MongoClient(
        url, serverSelectionTimeoutMS=ANSWER_MILLISECONDS, socketTimeoutMS=10_000
    )
    with client:
        return client.admin.command(command)


def _command(mongod: Path, *, port: int, data: Path) -> list[str]:
    command = [str(mongod), "--port", str(port), "--bind_ip", LOOPBACK, "--nounixsocket"]
    command += ["--dbpath", str(data), "--replSet", REPLICA_SET]
    command += ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64"]
    for parameter in PARAMETERS:
        command += ["--setParameter", parameter]
    return command
