"""MyFatoorah, gateways/myfatoorah.md: a signature over ids and statuses, amounts not among them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.subject import (
    COMMON_ERRORS,
    Delivered,
    ErrorCase,
    StatusCase,
    Subject,
    customer,
    staff,
)
from gateway_sandbox.myfatoorah.signing import SIGNATURE_HEADER, signature
from payments_common.errors import GatewayRefusal, OutcomeUnknown
from support.running_sandbox import SandboxClient

COUNTRIES = {
    "SAR": "SAU",
    "KWD": "KWT",
    "AED": "ARE",
    "BHD": "BHR",
    "OMR": "OMN",
    "JOD": "JOR",
    "QAR": "QAT",
    "EGP": "EGY",
}


def account(currency: str) -> Mapping[str, Any]:
    country = COUNTRIES[currency]
    return {
        "gateway": "myfatoorah",
        "options": {"country": country},
        "credentials": {"api_key": f"SK_{country}_sandbox_1"},
    }


async def rotate(sandbox: SandboxClient, _: str, secret: str) -> None:
    """As in the portal's webhook settings."""
    merchant = {"api_key": "SK_SAU_sandbox_1", "webhook_secret": secret}
    (await sandbox.http.post("/sandbox/myfatoorah/merchants", json=merchant)).raise_for_status()


def tampered(delivered: Delivered) -> Delivered:
    """Another amount under the same signature: amounts are not signed."""
    body = json.loads(delivered.body)
    body["Data"]["Amount"] = {"BaseCurrency": "SAR", "ValueInBaseCurrency": "1"}
    return replace(delivered, body=json.dumps(body).encode())


def _wrong_secret(delivered: Delivered, secret: str) -> Delivered:
    forged = signature(json.loads(delivered.body), f"{secret}-of-another-shop")
    return delivered.with_header(SIGNATURE_HEADER, forged)


def _wrongly_encoded(delivered: Delivered, _: str) -> Delivered:
    digest = base64.b64decode(delivered.header(SIGNATURE_HEADER))
    return delivered.with_header(SIGNATURE_HEADER, digest.hex())


def _another_status(delivered: Delivered, _: str) -> Delivered:
    """A signed member changed under the old signature."""
    body = json.loads(delivered.body)
    body["Data"]["Invoice"]["Id"] = "1"
    return replace(delivered, body=json.dumps(body).encode())


SHAPES = (
    ("ValidationErrors", "validation_errors", GatewayRefusal),
    ("FieldsErrors", "fields_errors", GatewayRefusal),
    ("Data.ErrorMessage", "data_error_message", GatewayRefusal),
    ("a name without a text", "empty_error", GatewayRefusal),
    ("a routing error without IsSuccess", "routing", GatewayRefusal),
    ("a page of a load balancer", "html", OutcomeUnknown),
    ("an empty body", "empty_body", GatewayRefusal),
    ("a JSON string", "json_string", GatewayRefusal),
)

SUBJECT = Subject(
    name="myfatoorah",
    title="MyFatoorah",
    account=account,
    currencies=("SAR", "KWD", "AED", "BHD", "OMR", "JOD", "QAR", "EGP"),
    secret="myfatoorah-sandbox-webhook-secret/1+==",
    unknown_payment_id="99",
    operations={
        "session": "send_payment",
        "read": "get_payment_status",
        "capture": "capture",
        "refund": "refund",
        "void": "release",
    },
    after_decline="pending",
    after_cancel="pending",
    expires_after_seconds=4 * 24 * 3600,
    statuses=(
        StatusCase("Pending", (), "pending"),
        StatusCase("Pending, an attempt Failed", (customer("decline"),), "pending"),
        StatusCase("Pending, given up by the payer", (customer("cancel"),), "pending"),
        StatusCase("Pending, Authorize", (customer("pay"),), "authorized"),
        StatusCase("Paid, captured whole", (customer("pay"), ("capture",)), "captured"),
        StatusCase(
            "Paid, a part captured", (customer("pay"), ("capture", 5000)), "partially_captured"
        ),
        StatusCase("Pending, released", (customer("pay"), ("void",)), "voided"),
        StatusCase("Paid at once", (customer("pay"),), "captured", capture_mode="automatic"),
        StatusCase(
            "Failed, then Paid",
            (customer("decline"), customer("decline"), customer("pay")),
            "captured",
            capture_mode="automatic",
        ),
        StatusCase("Canceled", (staff("cancel_invoice"), ("recheck",)), "failed"),
        StatusCase("refund Pending", (customer("pay"), ("refund", 5000)), "captured", "automatic"),
        StatusCase(
            "refund Refunded",
            (customer("pay"), ("refund", 5000), staff("refund_processed")),
            "partially_refunded",
            "automatic",
        ),
        StatusCase(
            "refund Canceled",
            (customer("pay"), ("refund", 5000), staff("refund_rejected")),
            "captured",
            "automatic",
        ),
        StatusCase("released in the dashboard", (customer("pay"), staff("close")), "voided"),
    ),
    errors=(
        *COMMON_ERRORS,
        *(
            ErrorCase(
                f"{status}: {name}",
                {},
                raises,
                settings={"error_shape": shape, **more},
                unknown=True,
            )
            for name, shape, raises in SHAPES
            for status, more in (("400", {}), ("200", {"refusal_status": 200}))
            if not (status == "200" and shape in {"routing", "html", "json_string"})
        ),
    ),
    attacks={
        "forged": lambda delivered, _: delivered.with_header(SIGNATURE_HEADER, "Zm9yZ2Vk"),
        "unsigned": lambda delivered, _: delivered.with_header(SIGNATURE_HEADER, None),
        "wrong secret": _wrong_secret,
        "wrongly encoded": _wrongly_encoded,
        "repeated": lambda delivered, _: replace(
            delivered,
            headers=(
                *delivered.headers,
                (SIGNATURE_HEADER, delivered.header(SIGNATURE_HEADER)),
            ),
        ),
        "a signed member changed": _another_status,
    },
    rotate=rotate,
    tamper=tampered,
    method="vm",
    refund_is_later=True,
    not_meaningful={
        "expired": "its signature has no time",
        "declined session": "nobody is judged before the payment",
    },
)
