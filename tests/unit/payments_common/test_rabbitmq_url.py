"""A URL that cannot be RabbitMQ's is refused at once; the client library would try it for ever."""

import pytest

from payments_common.client import connect
from payments_common.errors import Misconfigured


@pytest.mark.parametrize("url", ["bogus://user:canary@127.0.0.1", "127.0.0.1:5672", ""])
async def test_it_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misconfigured, match="amqp://") as caught:
        async with connect(url, name="shop"):
            pass
    assert "canary" not in str(caught.value)
