"""How many days the board keeps the records of its own running."""

from typing import Annotated

from pydantic import AliasChoices, Field

from config.policy_values import Part

LONGEST = 3650


def _days(fewest: int) -> object:
    return Field(ge=fewest, le=LONGEST)


class Retention(Part):
    """Days for the tables of `journal` with these names. Everything else is kept for ever: facts, alerts and
    their acknowledgements, surges, policy versions, the audit.

    The minimum of each is what pages read: failed runs of a day, forecasts of 28 days plus the longest
    target, deliveries of a quarter.
    """

    job_run: Annotated[int, _days(7)] = 90
    process: Annotated[int, _days(7)] = 90
    import_run: Annotated[int, _days(90)] = 1095  # the newest of each source stays
    delivery: Annotated[int, _days(92)] = 400  # what is still to be sent stays
    board_sample: Annotated[int, _days(7)] = 400  # what was shown at a minute
    # The older names stand in policy versions that are in force or kept.
    forecast: Annotated[
        int, Field(ge=45, le=LONGEST, validation_alias=AliasChoices("forecast", "risk_said"))
    ] = 60
    forecasts_an_hour: Annotated[
        int, Field(ge=50, le=5000, validation_alias=AliasChoices("forecasts_an_hour", "risk_said_an_hour"))
    ] = 500  # with fewer, a drift takes longer to show

    def days(self) -> dict[str, int]:
        """By table."""
        found: dict[str, int] = self.model_dump(exclude={"forecasts_an_hour"})
        return found
