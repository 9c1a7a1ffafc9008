"""One place to die at: in which flow of which gateway, in whose work, at which boundary."""

from dataclasses import dataclass

from crash.standing import INGRESS, RECONCILER


@dataclass(frozen=True, slots=True)
class Combination:
    """`place` is `commands/orders.save:after#2`: the second passing, while a command is handled."""

    gateway: str
    flow: str
    place: str

    @classmethod
    def read(cls, text: str) -> "Combination":
        gateway, flow, place = text.split("/", 2)
        return cls(gateway, flow, place)

    @property
    def service(self) -> str:
        """Whose process dies there: the place says in whose work it is."""
        where = self.place.partition("/")[0]
        return where if where in (INGRESS, RECONCILER) else "orchestrator"

    def __str__(self) -> str:
        return f"{self.gateway}/{self.flow}/{self.place}"


def every_nth(all_of_them: list[Combination], part: str) -> list[Combination]:
    """Part `3/12` is the third of twelve, each spread over all flows."""
    number, of = (int(each) for each in part.split("/"))
    if not 1 <= number <= of:
        raise ValueError(f"a part is 1/n to n/n, not {part}")
    return all_of_them[number - 1 :: of]
