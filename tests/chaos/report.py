"""What came of a run, in the words of Jepsen."""

from collections import Counter

from chaos.run import Outcome

SHOWN = 40


def report(outcome: Outcome, *, seed: int) -> str:
    book, verdict = outcome.book, outcome.verdict
    answered = [each for each in book.sent.values() if each.answer is not None]
    counts = {
        "seed": seed,
        "faults": outcome.faults,
        "orders": len(book.accounts),
        "attempts": sum(each.times for each in book.sent.values()),
        "commands": len(book.sent),
        "acknowledged": len(answered),
        "ok": len(answered) if verdict.holds else len(answered) - len(verdict.lost),
        "lost": len(verdict.lost),
        "duplicated": len(verdict.duplicated),
        "recovered": verdict.recovered,
        "unexpected": len(verdict.unexpected),
        "orders asked again (their webhooks were dropped)": outcome.asked_again,
        "events": sum(len(numbers) for numbers in outcome.heard.events.values()),
        "events that came again": outcome.heard.repeated,
        "seconds to rest": round(outcome.rest_seconds),
    }
    lines = [f"{name:>50}  {count}" for name, count in counts.items()]
    outcomes = Counter(str(each.answer.outcome) for each in answered if each.answer)
    lines.append(f"{'answers':>50}  {dict(outcomes)}")
    for name in ("lost", "duplicated", "unexpected"):
        problems = getattr(verdict, name)
        lines += [f"{name}: {problem}" for problem in problems[:SHOWN]]
        lines += [f"… and {len(problems) - SHOWN} more"] * (len(problems) > SHOWN)
    lines.append("nothing lost, nothing doubled" if verdict.holds else "NOT AS PROMISED")
    return "\n".join(lines) + "\n"
