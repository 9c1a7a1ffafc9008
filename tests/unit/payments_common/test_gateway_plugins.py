"""Gateways are plug-ins: found by name, private ones too, and isolated in what they import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from payments_common import gateways
from payments_common.clock import SystemClock
from payments_common.gateways.registry import open_gateway, webhook_scheme_of
from support.api_calls import KeptApiCalls
from support.tabby_payloads import tabby_account

FOLDER = Path(gateways.__path__[0])
PRIVATE = """
def open_it(account, *, clock, api_calls):
    return "the gateway of " + account.name

def scheme_of(account):
    return "the scheme of " + account.name
"""
ENTRY_POINTS = """
[payments_common.gateways]
inhouse = private_gateway:open_it
[payments_common.webhook_schemes]
inhouse = private_gateway:scheme_of
"""


@pytest.fixture
def private_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "private_gateway-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: private-gateway\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "private_gateway.py").write_text(PRIVATE)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_private_gateway_is_found_by_its_entry_points(private_package: None) -> None:
    account = tabby_account(gateway="inhouse")
    opened: object = open_gateway(account, clock=SystemClock(), api_calls=KeptApiCalls())
    scheme: object = webhook_scheme_of(account)
    assert (opened, scheme) == ("the gateway of tabby-ksa", "the scheme of tabby-ksa")


@pytest.mark.parametrize("gateway", ["myfatoorah", "tabby", "tamara"])
def test_a_webhook_scheme_reaches_no_http_client(gateway: str) -> None:
    program = (
        "import sys; from importlib.metadata import entry_points; "
        f"entry_points(group='payments_common.webhook_schemes')['{gateway}'].load(); "
        "sys.exit('httpx' in sys.modules or 'aiohttp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_one_module_imports_the_http_client() -> None:
    importing = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*.py")
        if "httpx" in _imported(ast.parse(path.read_text()))
    }
    assert importing == {"transport.py"}


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
