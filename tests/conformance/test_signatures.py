"""Authenticity: what is not proved is refused, kept, and never acted on."""

import pytest

from conformance.gate import stored_delivery
from conformance.house import House
from conformance.opening import open_house
from conformance.results import Outcome
from conformance.subject import Delivered, Subject
from payments_common.gateways.port import VerifiesStored, WebhookSecret
from payments_common.schemas.webhooks import RECEIVED_KEY, REFUSED_KEY
from support.eventually import eventually


async def _genuine(house: House) -> Delivered:
    """A delivery that the gateway sent; the order rests."""
    await house.held()
    return house.gate.passed[-1]


async def _refuses(house: House, delivered: Delivered) -> None:
    """The delivery is refused, recorded as refused, and nothing is joined."""
    before = await house.order()
    seen = len(house.published.of(RECEIVED_KEY))
    refused = len(house.published.of(REFUSED_KEY))
    status = await house.gate.deliver(delivered, house.account.name)
    assert 400 <= status < 500, status
    await eventually(lambda: len(house.published.of(REFUSED_KEY)) == refused + 1)
    assert len(house.published.of(RECEIVED_KEY)) == seen
    assert await house.rest() == before
    assert house.subject.secret not in house.published.of(REFUSED_KEY)[-1].model_dump_json()


async def _attacked(house: House, name: str) -> None:
    attack = house.subject.attacks.get(name)
    if attack is None:
        house.outcome.not_meaningful(house.subject.not_meaningful[name])
        return
    await _refuses(house, attack(await _genuine(house), house.subject.secret))


async def test_a_genuine_delivery_is_accepted_with_the_secret_that_matched(house: House) -> None:
    genuine = await _genuine(house)
    assert await house.gate.deliver(genuine, house.account.name) == 200
    assert {m.secret_id for m in house.published.of(RECEIVED_KEY)} == {"current"}


async def test_a_forged_proof_is_refused(house: House) -> None:
    await _attacked(house, "forged")


async def test_a_delivery_without_proof_is_refused(house: House) -> None:
    await _attacked(house, "unsigned")


async def test_a_proof_made_with_another_secret_is_refused(house: House) -> None:
    await _attacked(house, "wrong secret")


async def test_a_proof_in_another_encoding_is_refused(house: House) -> None:
    await _attacked(house, "wrongly encoded")


async def test_a_proof_that_is_over_is_refused(house: House) -> None:
    await _attacked(house, "expired")


async def test_a_proof_that_comes_twice_is_refused(house: House) -> None:
    await _attacked(house, "repeated")


async def test_each_attack_that_only_this_gateway_knows_is_refused(house: House) -> None:
    genuine = await _genuine(house)
    for attack in house.subject.attacks.values():
        await _refuses(house, attack(genuine, house.subject.secret))


async def test_a_body_that_was_cut_is_refused(house: House) -> None:
    genuine = await _genuine(house)
    half = genuine.body[: len(genuine.body) // 2]
    await _refuses(house, Delivered(half, genuine.headers, genuine.query))


async def test_forged_and_unsigned_webhooks_of_a_flood_change_nothing(house: House) -> None:
    await house.open()
    await house.sandbox.control("faults", operation="webhook", kind="forge_header", count=100)
    await house.customer("pay")
    await house.sandbox.idle()
    assert (await house.order()).status == "pending"
    assert house.published.of(RECEIVED_KEY) == []


async def test_while_a_secret_is_rotated_both_are_accepted_and_told_apart(
    subject: Subject, outcome: Outcome
) -> None:
    secrets = {"current": subject.secret, "next": "rotated-example-secret-2"}
    async with open_house(subject, outcome=outcome, secrets=secrets) as house:
        await house.held()
        url = str(house.account.webhook_url)
        await subject.rotate(house.sandbox, url, secrets["next"])
        await house.captures()
        matched = [str(m.secret_id) for m in house.published.of(RECEIVED_KEY)]
        assert matched == sorted(matched)
        assert set(matched) == {"current", "next"}
        await house.agrees()


async def test_a_secret_that_was_taken_out_opens_nothing(
    subject: Subject, outcome: Outcome
) -> None:
    async with open_house(subject, outcome=outcome) as house:
        genuine = await _genuine(house)
        secrets = {"next": "rotated-example-secret-2"}
        async with open_house(subject, outcome=outcome, secrets=secrets) as later:
            assert await later.gate.deliver(genuine, later.account.name) == 401


async def test_without_any_secret_the_door_is_shut(subject: Subject, outcome: Outcome) -> None:
    async with open_house(subject, outcome=outcome) as house:
        genuine = await _genuine(house)
        async with open_house(subject, outcome=outcome, closed=True) as closed:
            assert await closed.gate.deliver(genuine, closed.account.name) == 503


@pytest.mark.parametrize("kind", ["wrong secret"])
async def test_what_was_refused_is_verified_again_once_the_secret_is_right(
    house: House, kind: str
) -> None:
    genuine = await _genuine(house)
    other = f"{house.subject.secret}-of-another-shop"
    await _refuses(house, house.subject.attacks[kind](genuine, house.subject.secret))
    scheme = house.gateway.webhooks
    assert isinstance(scheme, VerifiesStored)
    stored = stored_delivery(house.published.of(REFUSED_KEY)[-1])
    verified = scheme.verify_stored(stored, [WebhookSecret("put-right", other)])
    assert verified.secret_id == "put-right"


async def test_what_is_kept_of_a_delivery_proves_nothing_to_anybody_else(house: House) -> None:
    """Neither the secret nor anything that would open the door again with another body."""
    await _genuine(house)
    kept = house.published.of(RECEIVED_KEY)[-1]
    assert house.subject.secret not in kept.model_dump_json()
    replayed = Delivered(b'{"id": "x"}', kept.headers, kept.query)
    assert await house.gate.deliver(replayed, house.account.name) in {400, 401}
