"""How the scores of breach risk are printed."""

from queries.risk.scores import Scores


def cells(found: Scores, probability: bool = True) -> str:
    whether = f"{found.brier:.4f} | {found.calibration:.3f}" if probability else "– | –"
    return f"{found.auc:.3f} | {found.average_precision:.3f} | {whether} | {found.riskiest:.1%}"


def table(*head: str) -> list[str]:
    return ["", f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
