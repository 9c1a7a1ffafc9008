import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_stack.cache import cache_folder, provide


def ignore(_line: str) -> None:
    """Nobody reads this progress."""


def test_the_cache_follows_the_xdg_variable() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/var/caches"}) == Path(
        "/var/caches/payments-local-stack"
    )


@pytest.mark.parametrize("variables", [{}, {"XDG_CACHE_HOME": ""}, {"XDG_CACHE_HOME": "relative"}])
def test_the_cache_is_below_the_home_without_a_usable_variable(variables: dict[str, str]) -> None:
    assert cache_folder(variables) == Path.home() / ".cache" / "payments-local-stack"


def test_two_at_once_make_a_program_once_and_the_second_says_that_it_waits(tmp_path: Path) -> None:
    made: list[Path] = []
    second_waits = threading.Event()

    def make(partial: Path, _final: Path) -> None:
        made.append(partial)
        second_waits.wait(timeout=5)

    def fetch(_number: int) -> Path:
        return provide("tool", cache=tmp_path, make=make, report=lambda _: second_waits.set())

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(fetch, range(2))) == [tmp_path / "tool"] * 2

    assert second_waits.is_set()
    assert len(made) == 1


def test_a_failed_fetch_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    def fail(partial: Path, _final: Path) -> None:
        (partial / "half").touch()
        raise OSError

    with pytest.raises(OSError):
        provide("tool", cache=tmp_path, make=fail, report=ignore)

    assert [path.name for path in tmp_path.iterdir()] == ["tool.lock"]


def test_what_a_killed_fetch_left_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "tool.partial").mkdir()
    (tmp_path / "tool.partial" / "half").touch()

    folder = provide("tool", cache=tmp_path, make=lambda *_: None, report=ignore)

    assert list(folder.iterdir()) == []
