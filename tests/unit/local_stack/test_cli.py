import json
import shlex

from local_stack.cli import describe
from local_stack.stack import StackUrls

URLS = StackUrls("amqp://guest:guest@127.0.0.1:5672/", "mongodb://127.0.0.1/?replicaSet=rs0&a=b")


def test_the_urls_are_lines_that_a_shell_can_evaluate() -> None:
    words = [shlex.split(line) for line in describe(URLS, as_json=False).splitlines()]

    assert words == [
        ["export", f"PAYMENTS_RABBITMQ_URL={URLS.rabbitmq_url}"],
        ["export", f"PAYMENTS_MONGODB_URL={URLS.mongodb_url}"],
    ]


def test_the_urls_are_one_json_object() -> None:
    assert json.loads(describe(URLS, as_json=True)) == {
        "rabbitmq_url": URLS.rabbitmq_url,
        "mongodb_url": URLS.mongodb_url,
        "rabbitmq_management_url": None,
        "rabbitmq_prometheus_url": None,
    }
