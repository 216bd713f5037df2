"""How the board uses a breach risk: the order of the riskiest, and when it raises an alert."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from config.policy_values import Part, parse_seconds

Weight = Annotated[float, Field(ge=0, le=100)]
Chance = Annotated[float, Field(gt=0, lt=1)]


class Risk(Part):
    """Riskiest first means by p × (weight of the tier + what a valuable customer adds). An alert is raised
    from `alert_from` on and ends below `alert_until`."""

    tier_weights: tuple[Weight, Weight, Weight] = (3, 2, 1)  # of tiers 1, 2 and 3; no tier counts as 3
    valuable: tuple[str, ...] = ("gold",)
    valuable_adds: Weight = 1
    alert_from: Chance = 0.7
    alert_until: Chance = 0.6
    alert_within: Annotated[int, BeforeValidator(parse_seconds)] = 7200
    call_takes: Annotated[int, BeforeValidator(parse_seconds)] = 360
    assumption: bool = True

    @model_validator(mode="after")
    def _rings_once(self) -> "Risk":
        if self.alert_until >= self.alert_from:
            raise ValueError(
                "'alert_until' is not below 'alert_from', so that a value around it would ring again and "
                "again; write a lower one"
            )
        return self


# For a policy without this table, such as those written before it existed.
USUAL = Risk()
