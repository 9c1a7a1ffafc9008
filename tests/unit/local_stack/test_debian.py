from pathlib import Path

import pytest

from local_stack.binaries import RABBITMQ
from local_stack.debian import Archive, is_needed, library_path, parse_uris
from local_stack.debian_sources import Mirror, apt_configuration, choose_mirror

PRINTED = """\
Reading package lists...
'http://a.example.com/erlang-base_25.2.3_amd64.deb' erlang-base_1%3a25.2.3_amd64.deb 97 SHA256:ab
'http://a.example.com/zlib1g_1.2_amd64.deb' zlib1g_1.2_amd64.deb 8 SHA256:cd
"""


def test_the_archives_are_read_from_what_apt_prints() -> None:
    assert parse_uris(PRINTED) == [Archive("erlang-base", 97), Archive("zlib1g", 8)]


@pytest.mark.parametrize(
    ("package", "needed"),
    [
        ("rabbitmq-server", True),
        ("erlang-base", True),  # although the system has one: only a whole Erlang runs
        ("libssl3", True),
        ("libtinfo6", False),  # the system has it
        ("libc6", False),  # never two C libraries in one process
        ("libpopt-perl", False),
        ("logrotate", False),
    ],
)
def test_only_parts_of_the_product_and_missing_libraries_are_unpacked(
    package: str, *, needed: bool
) -> None:
    assert is_needed(package, RABBITMQ, present={"erlang-base", "libtinfo6"}) is needed


def test_the_systems_mirror_is_used_for_the_archive_and_its_security_updates() -> None:
    mirror = choose_mirror(["https://deb.example.com/node/", "http://mirror.example.com/debian/"])

    assert mirror.uri == "http://mirror.example.com/debian"
    assert mirror.security_uri == "http://mirror.example.com/debian-security"


def test_the_public_mirror_is_used_where_the_system_names_none() -> None:
    assert choose_mirror([]).uri == "http://deb.debian.org/debian"


def test_the_private_apt_checks_signatures_and_runs_no_hook_of_the_system(tmp_path: Path) -> None:
    configuration = apt_configuration(tmp_path, mirror=Mirror("http://a/debian", "http://a/sec"))

    sources = (tmp_path / "sources.list").read_text().splitlines()
    assert all("[signed-by=" in line for line in sources)
    settings = configuration.read_text()
    assert f'Dir::Etc::parts "{tmp_path}/empty";' in settings
    assert "Insecure" not in settings
    assert "Invoke" not in settings


def test_libraries_one_folder_deeper_are_found_too(tmp_path: Path) -> None:
    deeper = tmp_path / "usr/lib/x86_64-linux-gnu/pulseaudio"
    deeper.mkdir(parents=True)
    (deeper / "libcommon.so").touch()
    (deeper.parent / "libpulse.so.0").touch()

    assert library_path(tmp_path) == f"{deeper.parent}:{deeper}"
