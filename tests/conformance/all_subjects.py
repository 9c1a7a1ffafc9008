"""The gateways that the suite knows: every module of `subjects`."""

from importlib import import_module
from pathlib import Path

from conformance.subject import Subject


def _subjects() -> tuple[Subject, ...]:
    names = sorted(path.stem for path in (Path(__file__).parent / "subjects").glob("*.py"))
    found: list[Subject] = []
    for name in names:
        subject = import_module(f"conformance.subjects.{name}").SUBJECT
        assert isinstance(subject, Subject), name
        found.append(subject)
    return tuple(found)


SUBJECTS = _subjects()
