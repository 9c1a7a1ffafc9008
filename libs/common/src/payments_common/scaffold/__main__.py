"""`make gateway NAME=…`: the seven files of a new gateway, ready to be filled.

What is the same for every gateway is there; what only its documents can tell raises
NotImplementedError, which names the file and what to write.
"""

import argparse
import re
import sys
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template

NAME = re.compile(r"[a-z][a-z0-9]{1,31}", re.ASCII)
GATEWAYS = Path("libs/common/src/payments_common/gateways")
PYPROJECT = Path("libs/common/pyproject.toml")
IMPORT_RULES = Path("pyproject.toml")
SUBJECTS = Path("tests/conformance/subjects")
SEVEN = (
    "config.py",
    "wire.py",
    "translate.py",
    "webhooks.py",
    "client.py",
    "gateway.py",
    "MAPPING.md",
)


class NotWrittenError(Exception):
    """Says why nothing was written."""


def write_gateway(name: str, root: Path) -> list[Path]:
    """The seven files, their registration, and what import rules and conformance need to know.

    Raises NotWrittenError, and writes nothing, where the gateway is there or `root` is not ours.
    """
    folder, subject = root / GATEWAYS / name, root / SUBJECTS / f"{name}.py"
    pyproject, import_rules = root / PYPROJECT, root / IMPORT_RULES
    if not pyproject.is_file() or not import_rules.is_file():
        raise NotWrittenError(f"{root} is not the root of this repository; nothing was written")
    if folder.exists() or subject.exists():
        raise NotWrittenError(f"{folder} or {subject} is there already; nothing was written")
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for file in SEVEN:
        (folder / file).write_text(filled(file, name))
    subject.write_text(filled("subject.py", name))
    pyproject.write_text(registered(pyproject.read_text(), name))
    import_rules.write_text(kept_apart(import_rules.read_text(), name))
    return [*(folder / file for file in SEVEN), pyproject, import_rules, subject]


def registered(pyproject: str, name: str) -> str:
    """The library's pyproject.toml with the gateway's two entry points, in alphabetical order."""
    for group, target in (
        ("payments_common.gateways", "gateway:open_gateway"),
        ("payments_common.webhook_schemes", "webhooks:webhook_scheme"),
    ):
        head = f'[project.entry-points."{group}"]\n'
        before, _, rest = pyproject.partition(head)
        lines, blank, after = rest.partition("\n\n")
        line = f'{name} = "payments_common.gateways.{name}.{target}"'
        entries = sorted({*lines.strip().splitlines(), line})
        pyproject = before + head + "\n".join(entries) + (blank + after if blank else "\n")
    return pyproject


def kept_apart(pyproject: str, name: str) -> str:
    """The import rules with the gateway among those that never import one another."""
    before, head, rest = pyproject.partition('name = "One gateway never imports another"\n')
    rule, opening, listed = rest.partition("modules = [\n")
    modules, closing, after = listed.partition("]\n")
    line = f'    "payments_common.gateways.{name}",'
    entries = sorted({*modules.splitlines(), line})
    return before + head + rule + opening + "\n".join(entries) + "\n" + closing + after


def filled(file: str, name: str) -> str:
    template = files(__package__).joinpath("templates", f"{file}.txt").read_text()
    return Template(template).substitute(name=name, Name=name.capitalize())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make gateway", description=__doc__)
    parser.add_argument("name", help="lower-case letters and digits, as the accounts file names it")
    asked = parser.parse_args(arguments)
    if not NAME.fullmatch(asked.name) or iskeyword(asked.name):
        parser.error(f"{asked.name!r} cannot be one: lower-case letters and digits, such as paymob")
    try:
        written = write_gateway(asked.name, Path.cwd())
    except NotWrittenError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{path.relative_to(Path.cwd())}\n" for path in written)
    sys.stdout.write('next: make install, then CONTRIBUTING.md, "Add a gateway in seven files"\n')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
