import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.errors import StackClosedError
from local_stack.guarded_folder import GuardedFolder
from local_stack.processes import MARK, kill_marked, marked_processes
from local_stack.waiting import wait_until

# An owner with a marked child in a session of its own and a fork that keeps every file open.
OWNER = """
import os, pathlib, subprocess, sys, time
from local_stack.guarded_folder import GuardedFolder
guard = GuardedFolder(pathlib.Path(sys.argv[1]))
variables = {**os.environ, **guard.environment()}
subprocess.Popen(["sleep", "600"], env=variables, start_new_session=True)
if os.fork() == 0:
    time.sleep(600)
print(guard.path, os.getpid(), flush=True)
time.sleep(600)
"""


def start_sleeper(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], env={**os.environ, MARK: str(folder)})


def test_processes_are_found_and_ended_by_their_mark_alone(tmp_path: Path) -> None:
    ours, other = start_sleeper(tmp_path), start_sleeper(tmp_path / "other")
    try:
        wait_until(lambda: marked_processes(tmp_path) == [ours.pid], what="it", timeout_seconds=5)
        kill_marked(tmp_path)

        assert ours.wait() == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_closing_ends_the_processes_and_removes_the_folder(tmp_path: Path) -> None:
    guard = GuardedFolder(tmp_path)
    sleeper = start_sleeper(guard.path)
    (guard.path / "data").write_text("temporary")

    guard.close()

    assert sleeper.wait() == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    guard = GuardedFolder(tmp_path)
    guard.close()
    guard.close()


def test_nothing_starts_after_closing(tmp_path: Path) -> None:
    guard = GuardedFolder(tmp_path)
    guard.close()

    with pytest.raises(StackClosedError), guard.starting():
        pytest.fail("something could be started")


def test_two_guards_below_one_folder_do_not_meet(tmp_path: Path) -> None:
    first, second = GuardedFolder(tmp_path), GuardedFolder(tmp_path)
    first.close()

    assert list(tmp_path.iterdir()) == [second.path]
    second.close()


def test_a_killed_owner_leaves_nothing_although_its_fork_holds_the_pipe(tmp_path: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert owner.stdout is not None
    try:
        with owner.stdout:
            folder = Path(owner.stdout.readline().split()[0])
        assert len(marked_processes(folder)) == 1
        owner.kill()
        owner.wait()
        wait_until(lambda: not folder.exists(), what="the end", timeout_seconds=10)

        assert marked_processes(folder) == []
    finally:
        os.killpg(owner.pid, signal.SIGKILL)  # the fork
