"""The whole house as processes, started once for the tests of this folder."""

from collections.abc import Iterator

import pytest

from payments_demo.house import House


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    # A gateway gives up after its last try; on a busy machine an ingress takes seconds to be back.
    with House(report=lambda _: None, gateway_timeout_seconds=2.0, retry_scale=0.03) as opened:
        yield opened
