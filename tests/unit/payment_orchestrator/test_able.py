"""What a gateway cannot do is said before it is asked, in words that say what it can."""

from dataclasses import asdict, replace

import pytest

from payment_orchestrator.domain.able import check_able
from payment_orchestrator.domain.order import OperationKind
from payments_common.errors import OperationRefused
from payments_common.gateways.port import Capabilities
from support.builders import CAPABILITIES, facts

ABLE = replace(CAPABILITIES, partial_void=True)
UNABLE = "not_supported_by_gateway: this gateway"
ONCE = f"{UNABLE} captures a payment once, and it is captured or being captured"
WHOLE = f"{UNABLE} captures only the whole amount"
REFUNDS = f"{UNABLE} refunds only the whole amount"
NO_VOID = f"{UNABLE} cannot void a payment"
UNTOUCHED = f"{UNABLE} voids only what nothing was captured of; capture the rest, or refund"
ALL_HELD = f"{UNABLE} voids only all that is held"


def problem(
    kind: OperationKind,
    capabilities: Capabilities,
    *,
    is_whole: bool,
    captured: int = 0,
    is_capturing: bool = False,
) -> str | None:
    told = facts(authorized=15000, captures={"c": captured} if captured else None)
    try:
        check_able(
            told,
            kind,
            is_whole=is_whole,
            is_capturing=is_capturing,
            capabilities=capabilities,
        )
    except OperationRefused as error:
        return f"{error.code}: {error}"
    return None


@pytest.mark.parametrize(
    ("unable", "kind", "is_whole", "captured", "says"),
    [
        ("several_captures", OperationKind.CAPTURE, True, 0, None),
        ("several_captures", OperationKind.CAPTURE, False, 0, None),
        ("several_captures", OperationKind.CAPTURE, False, 1, ONCE),
        ("partial_capture", OperationKind.CAPTURE, True, 0, None),
        ("partial_capture", OperationKind.CAPTURE, False, 0, WHOLE),
        ("partial_refund", OperationKind.REFUND, True, 1, None),
        ("partial_refund", OperationKind.REFUND, False, 1, REFUNDS),
        ("void", OperationKind.VOID, True, 0, NO_VOID),
        ("void_after_capture", OperationKind.VOID, True, 0, None),
        ("void_after_capture", OperationKind.VOID, True, 1, UNTOUCHED),
        ("partial_void", OperationKind.VOID, True, 0, None),
        ("partial_void", OperationKind.VOID, False, 0, ALL_HELD),
    ],
)
def test_only_what_the_missing_ability_is_about_is_refused(
    unable: str, kind: OperationKind, is_whole: bool, captured: int, says: str | None
) -> None:
    lacking = Capabilities(**{**asdict(ABLE), unable: False})
    assert problem(kind, lacking, is_whole=is_whole, captured=captured) == says


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("captured", [0, 1])
def test_a_gateway_that_can_do_everything_is_refused_nothing(
    kind: OperationKind, is_whole: bool, captured: int
) -> None:
    assert problem(kind, ABLE, is_whole=is_whole, captured=captured) is None


@pytest.mark.parametrize(
    ("unable", "kind", "says"),
    [
        ("several_captures", OperationKind.CAPTURE, ONCE),
        ("void_after_capture", OperationKind.VOID, UNTOUCHED),
    ],
)
def test_a_capture_under_way_counts_as_if_it_were_there(
    unable: str, kind: OperationKind, says: str
) -> None:
    lacking = Capabilities(**{**asdict(ABLE), unable: False})
    assert problem(kind, lacking, is_whole=True, is_capturing=True) == says
