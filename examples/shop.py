"""A shop in under 60 lines: a checkout session, a capture when it is authorized, a refund.

PAYMENTS_RABBITMQ_URL=amqp://… .venv/bin/python examples/shop.py    (`make up` prints the URL)
"""

import asyncio
import os
import secrets

from payments_common.client import PaymentsClient, ReceivedEvent, connect
from payments_common.money import Money
from payments_common.schemas.commands import CaptureMode, CreateSession
from payments_common.schemas.events import EventType
from payments_common.schemas.parties import Actor, Customer, Item

PRICE = Money.from_major("249.00", "SAR")
BACK = Money.from_major("49.00", "SAR")


def session(order: str) -> CreateSession:
    return CreateSession(
        order_reference=order,
        account="tabby-ksa",
        total_amount=PRICE,
        capture_mode=CaptureMode.MANUAL,
        customer=Customer(name="Noor Example", email="otp.success@tabby.ai", phone="+966500000001"),
        items=(Item(title="Lamp", unit_price=PRICE),),
        success_url="https://shop.example.com/success",
        failure_url="https://shop.example.com/failure",
        cancel_url="https://shop.example.com/cancel",
        requested_by=Actor(user_id="shop"),
    )


async def react(payments: PaymentsClient, event: ReceivedEvent, order: str) -> None:
    """An event may come twice; its command has the same id then, and is carried out once."""
    if event.data.event is EventType.AUTHORIZED:
        print(f"capture: {(await payments.capture(order, command_id=f'{order}-capture')).outcome}")
    elif event.data.event is EventType.CAPTURED:
        refund = payments.refund(order, BACK, reason="a scratch", command_id=f"{order}-refund")
        print(f"refund: {(await refund).outcome}")


async def main(order: str) -> None:
    async with connect(os.environ["PAYMENTS_RABBITMQ_URL"], name="shop") as payments:
        await payments.listen()
        answer = await payments.send(session(order), command_id=f"{order}-session")
        print(f"pay here (the code is 8888): {answer.redirect_url or answer.message}", flush=True)
        async for event in payments.events():
            if event.data.order_reference == order:
                print(f"#{event.sequence} {event.data.event}, now {event.data.status}", flush=True)
                await react(payments, event, order)
                if event.data.event in (EventType.REFUND_PROCESSED, EventType.FAILED):
                    break


asyncio.run(main(f"LAMP-{secrets.token_hex(3)}"))
