"""What an indicator is, and what it may be counted in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]
Unit = Literal[
    "complaints", "deadlines", "breaches", "requests", "callbacks", "surveys", "alerts", "messages",
    "surges", "customers", "processes", "runs", "sources", "targets", "version", "year",
    "share", "score", "points", "time", "area", "error", "sentiment",
]  # fmt: skip
UNITS: dict[Unit, tuple[str, str]] = {
    "complaints": ("complaints", "件投诉"),
    "deadlines": ("deadlines", "项时限"),
    "breaches": ("breaches", "项超时"),
    "requests": ("co-owner requests", "个协查请求"),
    "callbacks": ("callbacks", "个回访"),
    "surveys": ("answers", "份答卷"),
    "alerts": ("alerts", "条告警"),
    "messages": ("messages", "条消息"),
    "surges": ("surges", "起集中投诉"),
    "customers": ("customers", "位客户"),
    "processes": ("processes", "个进程"),
    "runs": ("runs", "次运行"),
    "sources": ("sources", "个数据源"),
    "targets": ("targets", "个时限类型"),
    "version": ("number of the version", "版本号"),
    "year": ("year", "年份"),
    "share": ("%", "%"),
    "score": ("1 to 5", "1–5 分"),
    "points": ("−100 to 100", "−100–100"),
    "time": ("time", "时长"),
    "area": ("0.5 to 1", "0.5–1"),
    "error": ("0 to 1", "0–1"),
    "sentiment": ("−1 to 1", "−1 至 1"),
}


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name_en: str  # fields in braces, such as {time}, are filled in where it is shown
    name_zh: str
    means_en: str
    means_zh: str
    unit: Unit
    better: Better
    rule: str = ""
    goal: str = ""
    provisional_days: int = 0  # for so long after the period its value may still change
    measure: Callable[..., object] | None = None
