"""Programs that were fetched once, in the user's cache, complete or not there at all."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local_stack.progress import Report


def cache_folder(environment: Mapping[str, str]) -> Path:
    """`$XDG_CACHE_HOME/payments-local-stack`, by default below `~/.cache`."""
    configured = environment.get("XDG_CACHE_HOME", "")
    # The specification says that a relative path there is to be ignored.
    base = Path(configured) if configured.startswith("/") else Path.home() / ".cache"
    return base / "payments-local-stack"


def provide(name: str, *, cache: Path, make: Callable[[Path, Path], None], report: Report) -> Path:
    """The folder `name`, made once by `make(partial, final)` and moved into place when complete."""
    final = cache / name
    if final.exists():
        return final
    with _only_one(name, cache=cache, report=report):
        if not final.exists():
            partial = cache / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)  # of a process that was killed
            partial.mkdir(parents=True)
            try:
                make(partial, final)
                partial.rename(final)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return final


@contextmanager
def _only_one(name: str, *, cache: Path, report: Report) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    lock = os.open(cache / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"Waiting for another process that is fetching {name}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
