"""deploy/env.example names every setting of every process; docker-compose.yml hands it on."""

import importlib
import inspect
import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[3]
LINES = (ROOT / "deploy" / "env.example").read_text().splitlines()
SETTING = re.compile(r"^(#?)([A-Z][A-Z_]+)=(.*)$")
SHOWN = {match[2]: (bool(match[1]), match[3]) for line in LINES if (match := SETTING.match(line))}
COMPOSE = (ROOT / "docker-compose.yml").read_text()


def _variables_of(model: type[BaseSettings]) -> dict[str, FieldInfo]:
    prefix = model.model_config.get("env_prefix", "")
    return {
        str(field.validation_alias or prefix + name).upper(): field
        for name, field in model.model_fields.items()
    }


def _settings_models() -> list[type[BaseSettings]]:
    models = []
    for path in sorted(ROOT.glob("services/*/src/*/config.py")):
        module = importlib.import_module(f"{path.parent.name}.config")
        models += [
            each
            for _, each in inspect.getmembers(module, inspect.isclass)
            if issubclass(each, BaseSettings) and each.__module__ == module.__name__
        ]
    return models


MODELS = _settings_models()
OF_CONTAINERS = set(re.findall(r"\$\{(DEPLOY_\w+)", COMPOSE)) | set(
    re.findall(r"PAYMENTS_\w+_(?:PASSWORD|KEYS)_FILE", COMPOSE)
)
# What a container is given by a file.
FROM_FILES = {name.removesuffix("_FILE") for name in OF_CONTAINERS if name.endswith("_KEYS_FILE")}


def test_it_names_every_setting_and_no_other() -> None:
    of_processes = {name for model in MODELS for name in _variables_of(model)}
    assert set(SHOWN) == of_processes | OF_CONTAINERS


def test_it_knows_the_settings_of_every_service() -> None:
    services = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    assert {model.__module__.split(".")[0] for model in MODELS} == {
        name.replace("-", "_") for name in services
    }


@pytest.mark.parametrize("model", MODELS)
def test_what_has_a_default_is_commented_out_and_shows_it(model: type[BaseSettings]) -> None:
    for name, field in _variables_of(model).items():
        commented, value = SHOWN[name]
        if field.is_required():
            assert not commented, name
            assert value, name
        else:
            assert (name, commented, value) == (name, True, str(field.default))


def test_compose_has_the_defaults_that_it_shows() -> None:
    for name, default in re.findall(r"\$\{(\w+):-(.*?)\}", COMPOSE):
        assert (name, SHOWN[name]) == (name, (True, default))


@pytest.mark.parametrize("model", MODELS)
def test_compose_hands_every_setting_to_its_process(model: type[BaseSettings]) -> None:
    service = model.__module__.split(".")[0].replace("_", "-")
    given = set(yaml.safe_load(COMPOSE)["services"][service]["environment"])
    assert given - OF_CONTAINERS == set(_variables_of(model)) - FROM_FILES


def test_every_setting_has_a_sentence_above_it() -> None:
    for before, line in pairwise(LINES):
        if SETTING.match(line):
            assert re.match(r"^# [A-Z].*\.$", before), line


def test_it_holds_no_password() -> None:
    passwords = [match[1] for line in LINES if (match := re.search(r"://[^:]+:([^@]+)@", line))]
    assert set(passwords) == {"PASSWORD"}
