import pytest

from local_stack.errors import StackError
from local_stack.settings import Mode, Settings


def test_each_url_is_taken_from_the_environment_on_its_own() -> None:
    settings = Settings.read({"PAYMENTS_RABBITMQ_URL": "amqp://broker.example.com/"})

    assert settings.rabbitmq_url == "amqp://broker.example.com/"
    assert settings.mongodb_url is None


def test_an_empty_variable_is_no_url() -> None:
    assert Settings.read({"PAYMENTS_MONGODB_URL": ""}).mongodb_url is None


def test_the_mode_is_automatic_unless_forced() -> None:
    assert Settings.read({}).mode is Mode.AUTO
    assert Settings.read({"LOCAL_STACK_MODE": "binaries"}).mode is Mode.BINARIES


def test_an_unknown_mode_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StackError, match=r"'podman'.*auto, docker, binaries"):
        Settings.read({"LOCAL_STACK_MODE": "podman"})
