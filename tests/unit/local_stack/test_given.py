import pytest

from local_stack.errors import StackError
from local_stack.given import GivenServer, given_mongodb, given_rabbitmq


def test_a_silent_broker_is_named_without_its_password() -> None:
    with pytest.raises(StackError, match=r"PAYMENTS_RABBITMQ_URL.*127\.0\.0\.1:1;") as caught:
        given_rabbitmq("amqp://user:hidden@127.0.0.1:1/")

    assert "hidden" not in str(caught.value)


def test_a_silent_database_is_named_without_its_password() -> None:
    with pytest.raises(StackError, match=r"PAYMENTS_MONGODB_URL.*127\.0\.0\.1:1;") as caught:
        given_mongodb("mongodb://user:hidden@127.0.0.1:1/?serverSelectionTimeoutMS=100")

    assert "hidden" not in str(caught.value)


def test_a_given_server_is_not_ours_to_kill() -> None:
    server = GivenServer("amqp://broker.example.com/", variable="PAYMENTS_RABBITMQ_URL")

    with pytest.raises(StackError, match="unset PAYMENTS_RABBITMQ_URL"):
        server.kill()
