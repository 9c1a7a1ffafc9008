from itertools import pairwise

from chaos.faults import BROKER, DATABASE, Fault, Kind, schedule

SERVICES = ["orchestrator 1", "orchestrator 2", "ingress"]


def an_hour(seed: int) -> list[Fault]:
    return schedule(seed, seconds=3600, services=SERVICES)


def test_a_seed_makes_the_same_faults_each_time_and_another_seed_others() -> None:
    assert an_hour(7) == an_hour(7)
    assert an_hour(7) != an_hour(8)


def test_everybody_has_each_of_its_faults_in_the_end() -> None:
    kinds = {name: {f.kind for f in an_hour(7) if f.victim == name} for name in (*SERVICES, BROKER)}
    assert kinds[BROKER] == {Kind.KILL, Kind.STOP, Kind.FREEZE, Kind.CLOSE_CONNECTIONS}
    for service in SERVICES:
        assert kinds[service] == {Kind.KILL, Kind.STOP, Kind.FREEZE}
    assert Kind.STEP_DOWN in {f.kind for f in an_hour(7) if f.victim == DATABASE}


def test_a_victim_is_left_alone_until_its_last_fault_is_over() -> None:
    for victim in (*SERVICES, BROKER, DATABASE):
        its = [f for f in an_hour(7) if f.victim == victim]
        assert all(a.at_seconds + a.for_seconds < b.at_seconds for a, b in pairwise(its))


def test_no_fault_begins_after_the_end() -> None:
    assert max(fault.at_seconds for fault in an_hour(7)) < 3600
