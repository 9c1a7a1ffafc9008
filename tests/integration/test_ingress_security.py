"""Controls 1 to 4, 8 and 9 of the ingress, each by name; 5 to 7 are in test_ingress_hostile_http.

Control 4 has two halves. Gateways that sign a timestamp need a tolerance for it: none of the
supported ones does, so there is none until one comes. For the others a replay is harmless because
every copy carries the same event key, and each message says when its delivery arrived.
"""

import ast
import asyncio
import gzip
import importlib.util
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from payments_common.gateways.port import Verified, WebhookDelivery, WebhookSecret
from payments_common.gateways.tabby.webhooks import TabbyWebhooks
from support.hostile_requests import AUTHENTIC, NOT_STRICT
from support.ingress import (
    HEADER,
    SECRET,
    KeepingPublisher,
    running_ingress,
    until,
)

JSON = ("Content-Type", "application/json")


class BreakingScheme(TabbyWebhooks):
    """A gateway whose verification has a bug."""

    def verify(self, delivery: WebhookDelivery, secrets: Sequence[WebhookSecret]) -> Verified:
        raise ZeroDivisionError(secrets[0].value)


def one_bit_off(text: str) -> Iterator[str]:
    for at, letter in enumerate(text):
        for bit in range(7):
            changed = chr(ord(letter) ^ 1 << bit)
            if changed.isprintable() and changed != " ":
                yield text[:at] + changed + text[at + 1 :]


async def test_control_1_every_bit_of_the_secret_counts() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        wrong = [*one_bit_off(SECRET), "", SECRET[:-1], SECRET + "x", SECRET.upper(), SECRET * 2]
        statuses = {(await ingress.deliver(secrets=[each])).status for each in wrong}
        missing = await ingress.deliver(secrets=[])
    assert statuses == {401}
    assert (missing.status, missing.error) == (401, "signature_missing")
    assert publisher.messages() == []


async def test_control_1_bytes_are_verified_before_they_are_parsed() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        forged = await ingress.deliver(b"{" * 5000, secrets=["wrong"])
        authentic = await ingress.deliver(b'{ "a" :\t1 }\n')
    assert (forged.status, forged.error) == (401, "signature_invalid")
    assert authentic.status == 200
    assert [each.body for each in publisher.messages()] == [b'{ "a" :\t1 }\n']


async def test_control_1_a_verification_that_breaks_refuses() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher, scheme_of=lambda _: BreakingScheme(HEADER)) as ingress:
        answer = await ingress.deliver()
        await until(lambda: len(publisher.kept) == 1)
    assert (answer.status, answer.error) == (500, "verification_failed")
    assert publisher.messages() == []
    assert [each.verdict for each in publisher.messages("refused")] == ["verification_failed"]


@pytest.mark.parametrize("package", ["payments_common.gateways.tabby.webhooks", "webhook_ingress"])
def test_control_1_no_secret_is_compared_with_an_operator(package: str) -> None:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    origin = Path(spec.origin)
    files = sorted(origin.parent.glob("*.py")) if origin.name == "__init__.py" else [origin]
    suspicious = ("secret", "signature", "presented", "digest", "token")
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                written = ast.unparse(node).lower()
                allowed = "refusal.code == 'secret_not_configured'"
                assert written == allowed or not any(each in written for each in suspicious), (
                    f"{file.name}:{node.lineno} {written}"
                )


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity"])
async def test_control_2_an_encoded_body_is_refused_unread(encoding: str) -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        bomb = gzip.compress(b"0" * 50_000_000)
        answer = await ingress.deliver(bomb, headers=[JSON, ("Content-Encoding", encoding)])
    assert (answer.status, answer.error) == (415, "unsupported_media_type")
    assert publisher.messages() == []


async def test_control_3_a_repeated_signature_header_is_refused() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        for secrets in ([SECRET, SECRET], [SECRET, "wrong"], ["wrong", SECRET]):
            answer = await ingress.deliver(secrets=secrets)
            assert (answer.status, answer.error) == (401, "signature_repeated")
    assert publisher.messages() == []


async def test_control_3_a_header_in_another_spelling_is_the_same_header() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver(headers=[JSON, (HEADER.upper(), SECRET)], secrets=[])
        again = b"x-SHOP-secret: " + SECRET.encode() + b"\r\nConnection: close\r\n"
        twice = await ingress.send_raw(AUTHENTIC + again + b"Content-Length: 2\r\n\r\n{}")
    assert answer.status == 200
    assert twice.startswith(b"HTTP/1.1 401 ")


async def test_control_4_a_thousand_copies_share_one_event_key() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        for _ in range(20):
            answers = await asyncio.gather(*(ingress.deliver() for _ in range(50)))
            assert {each.status for each in answers} == {200}
    messages = publisher.messages()
    assert len(messages) == 1000
    assert len({each.event_key for each in messages}) == 1


async def test_control_4_another_body_has_another_event_key() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        for body in (b'{"a":1}', b'{"a":2}', b'{"a": 1}'):
            await ingress.deliver(body)
    assert len({each.event_key for each in publisher.messages()}) == 3


async def test_control_4_the_arrival_is_stamped_before_the_body_and_the_queue() -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        connection = await ingress.connect()
        connection.writer.write(AUTHENTIC + b"Content-Length: 2\r\nConnection: close\r\n\r\n")
        await until(lambda: ingress.count("http_requests_in_flight") == 1)
        headers_were_there = datetime.now(UTC)
        connection.writer.write(b"{}")
        assert (await connection.rest()).startswith(b"HTTP/1.1 200 ")
    assert publisher.messages()[0].received_at <= headers_were_there


def test_control_8_aiohttp_is_not_older_than_its_fixes() -> None:
    installed = tuple(int(part) for part in version("aiohttp").split(".")[:3])
    assert installed >= (3, 14, 1)


@pytest.mark.parametrize("name", NOT_STRICT)
async def test_control_9_what_two_parsers_could_read_differently_is_refused(name: str) -> None:
    publisher = KeepingPublisher()
    async with running_ingress(publisher) as ingress:
        answer = await ingress.deliver(NOT_STRICT[name])
        await until(lambda: len(publisher.kept) == 1)
    assert (answer.status, answer.error) == (400, "invalid_json")
    assert publisher.messages() == []
    assert publisher.messages("refused")[0].verdict == "invalid_json"


async def test_control_9_strict_json_of_any_shape_is_taken() -> None:
    publisher = KeepingPublisher()
    bodies = [b"{}", b"[]", b'"text"', b"null", b"9007199254740991", b"[" * 32 + b"]" * 32]
    async with running_ingress(publisher) as ingress:
        assert {(await ingress.deliver(each)).status for each in bodies} == {200}
    assert [each.body for each in publisher.messages()] == bodies
