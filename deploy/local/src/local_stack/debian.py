"""Packages of Debian, fetched and unpacked by anyone, without touching the system.

apt runs on a root of its own: its own lists, an empty list of installed packages, and none of the
system's hooks. It checks the signatures of Debian's keyring as it always does.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local_stack.debian_sources import FetchError, apt_configuration, find_mirror, run
from local_stack.progress import Report

# The C library is the system's own: two of them in one process do not work. The others belong to
# programs nobody starts here (drivers of real graphics cards, interpreters, login).
NEVER_UNPACKED = (
    "libc6",
    "libc-",
    "libcrypt1",
    "libgcc-s1",
    "libgl1-mesa-dri",
    "libllvm",
    "libpam",
    "libperl",
    "libpython",
    "libz3",
)
LIBRARY_PREFIXES = ("lib", "zlib1g", "fonts-", "fontconfig-config")


@dataclass(frozen=True)
class Wanted:
    """A package, the prefixes of what must come with it, and what to call it to people."""

    product: str
    package: str
    own_prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Archive:
    """One file apt would download."""

    package: str
    size_bytes: int


def unpack(wanted: Wanted, *, into: Path, report: Report) -> None:
    """Unpack the package and all it needs that this machine lacks; raises FetchError."""
    with tempfile.TemporaryDirectory(prefix="local-stack-apt-") as scratch:
        folder = Path(scratch)
        mirror = find_mirror()
        configuration = apt_configuration(folder, mirror=mirror)
        report(f"Asking {mirror.uri} for {wanted.product}")
        run(["apt-get", "-q", "update"], configuration=configuration)
        archives = needed_archives(wanted, configuration=configuration)
        total = sum(archive.size_bytes for archive in archives)
        report(f"Fetching {wanted.product}: {len(archives)} packages, {total / 1e6:.1f} MB")
        for number, archive in enumerate(archives, 1):
            _unpack_one(archive.package, folder=folder, configuration=configuration, into=into)
            megabytes = archive.size_bytes / 1e6
            report(f"  {number} of {len(archives)}: {archive.package} ({megabytes:.1f} MB)")


def needed_archives(wanted: Wanted, *, configuration: Path) -> list[Archive]:
    """Of all the package depends on: its own parts, and the libraries that are not installed."""
    command = ["apt-get", "-q", "-y", "--print-uris", "install", wanted.package]
    archives = parse_uris(run(command, configuration=configuration))
    present = installed_packages()
    return [archive for archive in archives if is_needed(archive.package, wanted, present=present)]


def parse_uris(printed: str) -> list[Archive]:
    """Read apt's lines of `'uri' file size hash`."""
    rows = [line.split() for line in printed.splitlines() if line.startswith("'")]
    return [Archive(package=row[1].split("_")[0], size_bytes=int(row[2])) for row in rows]


def installed_packages() -> set[str]:
    """Names of the packages the system has."""
    query = ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n"]
    listing = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    return {line.split()[1] for line in listing.splitlines() if line.startswith("ii")}


def is_needed(package: str, wanted: Wanted, *, present: set[str]) -> bool:
    """Whether to unpack it: a part of the product, or a library this machine lacks."""
    if package.startswith(wanted.own_prefixes):
        return True
    if package.startswith(NEVER_UNPACKED) or package.endswith("-perl") or package in present:
        return False
    return package.startswith(LIBRARY_PREFIXES)


def _unpack_one(package: str, *, folder: Path, configuration: Path, into: Path) -> None:
    downloads = folder / "downloads"
    downloads.mkdir()
    run(["apt-get", "-q", "download", package], configuration=configuration, folder=downloads)
    (archive,) = downloads.glob("*.deb")
    extraction = subprocess.run(
        ["dpkg-deb", "-x", str(archive), str(into)], capture_output=True, text=True, check=False
    )
    if extraction.returncode != 0:
        raise FetchError(f"dpkg-deb could not unpack {package}: {extraction.stderr.strip()}")
    shutil.rmtree(downloads)


def library_path(root: Path) -> str:
    """The folders of an unpacked root where the dynamic linker should look, joined by colons.

    Some libraries keep parts of theirs one folder deeper and find them only when installed.
    """
    patterns = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*")
    folders = {
        library.parent
        for pattern in patterns
        for depth in ("", "*/")
        for library in root.glob(f"{pattern}/{depth}lib*.so*")
    }
    return ":".join(str(folder) for folder in sorted(folders))
