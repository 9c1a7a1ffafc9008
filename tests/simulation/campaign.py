"""Many seeds on all cores, each in a quiet process of its own kind."""

import logging
import multiprocessing
import os
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from simulation.town import run

CHUNK = 20


def quieten() -> None:
    """What the services log of a simulated outage is nobody's news."""
    logging.disable(logging.CRITICAL)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
    )


def failing_seeds(
    first: int, count: int, *, jobs: int, is_deaf: bool, on_done: Callable[[], None]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The seeds that broke a promise, with what broke, as they are found."""
    checked = partial(_checked, is_deaf=is_deaf)
    seeds = range(first, first + count)
    with multiprocessing.get_context("spawn").Pool(jobs, initializer=quieten) as pool:
        for seed, complaints in pool.imap_unordered(checked, seeds, chunksize=CHUNK):
            on_done()
            if complaints:
                yield seed, complaints


def cores() -> int:
    return len(os.sched_getaffinity(0))


def _checked(seed: int, *, is_deaf: bool) -> tuple[int, tuple[str, ...]]:
    return seed, run(seed, is_deaf=is_deaf).complaints
