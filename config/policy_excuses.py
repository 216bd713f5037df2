"""Why a breach may be excused."""

from typing import Annotated

from pydantic import Field

from config.policy_values import Part


class ExcuseReason(Part):
    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    label: str
    label_zh: str
    note: bool = False  # whoever chooses it says more


USUAL = (
    ExcuseReason(name="weather", label="Typhoon, flood or storm", label_zh="台风、洪涝或暴雨"),
    ExcuseReason(name="outage", label="Power or network outage", label_zh="停电或网络中断"),
    ExcuseReason(name="system", label="A system was down", label_zh="系统故障"),
    ExcuseReason(name="customer", label="The customer asked to wait", label_zh="客户要求延后"),
    ExcuseReason(name="other", label="Another reason", label_zh="其他原因", note=True),
)
