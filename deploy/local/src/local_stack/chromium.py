"""A Chromium for browser tests: the system's own, else Debian's headless one in the cache."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack.advice import command_for_chromium
from local_stack.cache import cache_folder, provide
from local_stack.debian import Wanted, library_path, unpack
from local_stack.debian_sources import SUITE, FetchError, architecture
from local_stack.errors import StackUnavailableError
from local_stack.progress import Report, print_to_stderr

CHROMIUM = Wanted("Chromium", "chromium-headless-shell", ("chromium-headless-shell", "chromium-c"))
COMMANDS = ("chromium-headless-shell", "chromium", "google-chrome")
SYSTEM_FONTS = Path("/etc/fonts/fonts.conf")


@dataclass(frozen=True)
class ChromiumPaths:
    """What a browser driver needs: the program, and the LD_LIBRARY_PATH it runs with."""

    executable: Path
    library_path: str = ""

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The inherited variables with the library path before theirs."""
        paths = [part for part in (self.library_path, inherited.get("LD_LIBRARY_PATH")) if part]
        return {**inherited, "LD_LIBRARY_PATH": ":".join(paths)} if paths else dict(inherited)


def executable(
    *,
    report: Report = print_to_stderr,
    environment: Mapping[str, str] | None = None,
    find: Callable[[str], str | None] = shutil.which,
) -> ChromiumPaths:
    """Installed or fetched; raises StackUnavailableError."""
    if installed := next(filter(None, map(find, COMMANDS)), None):
        return ChromiumPaths(Path(installed))
    cache = cache_folder(os.environ if environment is None else environment)
    try:
        name = f"chromium-{SUITE}-{architecture()}"
        root = provide(name, cache=cache, make=_Chromium(report), report=report)
    except FetchError as problem:
        reasons = (f"none of {', '.join(COMMANDS)} is installed", str(problem))
        command = command_for_chromium(find)
        raise StackUnavailableError("Chromium", reasons=reasons, command=command) from problem
    return ChromiumPaths(root / "start-chromium", library_path(root))


class _Chromium:
    def __init__(self, report: Report) -> None:
        self._report = report

    def __call__(self, partial: Path, final: Path) -> None:
        unpack(CHROMIUM, into=partial, report=self._report)
        (program,) = partial.glob("usr/lib/chromium/chromium-headless-shell")
        (partial / "fonts.conf").write_text(_fonts(final))
        start = partial / "start-chromium"
        start.write_text(_start_script(final / program.relative_to(partial), final=final))
        start.chmod(0o755)


def _start_script(program: Path, *, final: Path) -> str:
    # Without a configuration of fonts a page has no text at all.
    return f"""\
#!/bin/sh
[ -e {SYSTEM_FONTS} ] || export FONTCONFIG_FILE="{final}/fonts.conf"
exec "{program}" "$@"
"""


def _fonts(final: Path) -> str:
    return f"""\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{final}/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
