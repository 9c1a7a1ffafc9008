"""Who saw a payment, and how: what every observation of a gateway has in common."""

from dataclasses import dataclass
from datetime import datetime

from payments_common.schemas.observations import Observation, ObservationSource, PaymentFacts


@dataclass(frozen=True, slots=True)
class Witness:
    """Who saw a payment, when, in which account; `evidence` names the recorded call."""

    account: str
    source: ObservationSource
    observed_at: datetime
    evidence: str | None = None

    def saw(
        self,
        payment_id: str,
        facts: PaymentFacts,
        *,
        order_reference: str | None,
        gateway_status: str,
    ) -> Observation:
        return Observation(
            account=self.account,
            payment_id=payment_id,
            order_reference=order_reference,
            gateway_status=gateway_status,
            facts=facts,
            source=self.source,
            observed_at=self.observed_at,
            evidence=self.evidence,
        )
