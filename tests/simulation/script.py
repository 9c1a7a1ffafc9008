"""What people do in one run: customers, calling services, staff at the gateway's dashboard."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

TOTAL_MINOR = 15_000
GATEWAYS = ("tabby", "tamara", "myfatoorah")
AMOUNTS_MINOR = (None, None, None, 5_000, 10_000, 3_700, TOTAL_MINOR)
MOVES = ("capture", "capture", "refund", "refund", "refund", "void")
STAFF = ("capture", "refund", "close")


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does; `number` names it, so that it can be left out."""

    number: int
    at_seconds: float
    order: int
    verb: str
    amount_minor: int | None = None
    command_id: str = ""
    session: int = 0

    def __str__(self) -> str:
        amount = "" if self.amount_minor is None else f" {self.amount_minor}"
        return f"{self.verb}{amount} for order {self.order}"


@dataclass(frozen=True, slots=True)
class Plan:
    """An order to come: its gateway, and how it is captured."""

    order: int
    gateway: str
    capture_mode: str


@dataclass(frozen=True, slots=True)
class Script:
    plans: tuple[Plan, ...]
    acts: tuple[Act, ...]

    def without(self, numbers: frozenset[int]) -> "Script":
        return Script(self.plans, tuple(a for a in self.acts if a.number not in numbers))


def written(random: Random) -> Script:
    """One to three orders, mostly one: what goes wrong between orders needs more than one."""
    count = random.choices((1, 2, 3), weights=(7, 2, 1))[0]
    plans = tuple(
        Plan(order, random.choice(GATEWAYS), random.choice(("manual", "manual", "automatic")))
        for order in range(1, count + 1)
    )
    acts = [act for plan in plans for act in _life(plan, random)]
    numbered = sorted(acts, key=lambda act: act.at_seconds)
    return Script(
        plans,
        tuple(
            Act(n, a.at_seconds, a.order, a.verb, a.amount_minor, a.command_id, a.session)
            for n, a in enumerate(numbered, start=1)
        ),
    )


def _life(plan: Plan, random: Random) -> Iterator[Act]:
    at = random.uniform(0, 5)

    def act(verb: str, **more: object) -> Act:
        return Act(0, at, plan.order, verb, **more)  # type: ignore[arg-type]

    session_id = f"session-{plan.order}"
    yield act("session", command_id=session_id)
    if random.random() < 0.15:
        yield act("session", command_id=session_id)
    if random.random() < 0.2:
        at += random.uniform(0, 20)
        yield act("session", command_id=f"{session_id}-again")
    at += random.uniform(1, 30)
    yield from _customer(plan, at, random)
    at += random.uniform(0, 10)
    for number in range(random.choice((0, 1, 2, 2, 3, 5))):
        at += random.choice((0.0, 0.1, random.uniform(0, 30)))
        is_first = number == 0 and plan.capture_mode == "manual"
        move = act(
            random.choice(("capture", "capture", "void")) if is_first else random.choice(MOVES),
            amount_minor=random.choice(AMOUNTS_MINOR),
            command_id=f"move-{plan.order}-{number}",
        )
        yield move
        if random.random() < 0.15:
            yield move
    for _ in range(random.choice((0, 0, 0, 0, 1, 2))):
        at += random.uniform(0, 10)
        yield act(f"staff {random.choice(STAFF)}", amount_minor=random.choice(AMOUNTS_MINOR))
    if random.random() < 0.3:
        at += random.uniform(0, 30)
        yield act("accept", command_id=f"accept-{plan.order}")
    if random.random() < 0.2:
        at += random.uniform(0, 30)
        yield act("recheck", command_id=f"recheck-{plan.order}")


def _customer(plan: Plan, at: float, random: Random) -> Iterator[Act]:
    """Mostly pays; else declines, goes away or takes too long, and then perhaps pays after all."""
    first = random.choices(("pay", "decline", "cancel", "expire"), weights=(76, 8, 8, 8))[0]
    yield Act(0, at, plan.order, first)
    if random.random() < (0.15 if first == "pay" else 0.7):
        again = at + random.uniform(0, 40)
        yield Act(0, again, plan.order, "pay", session=random.choice((0, 1)))
