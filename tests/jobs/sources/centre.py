"""A centre that imports a small file, as a person does at the terminal."""

import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from tests.build import derive, rows
from tests.jobs.commands.command_line import board_here

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADS = ("工单编号", "受理时间", "诉求标题", "承办单位", "区域", "类别", "办结时间")
CHINESE = """
format = 1
source = "{source}"
title = "One row per complaint, Chinese heads"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = {dates}
milestones = ["resolved"]
{top}
[complaint]
number = "工单编号"
received_at = "受理时间"
title = "诉求标题"
[state]
department = "承办单位"
region = "区域"
category = "类别"
[reached]
closed = "办结时间"
"""
DATES = '["iso", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d"]'


def chinese(source: str = "centre", top: str = "", dates: str = DATES) -> str:
    return CHINESE.format(source=source, top=top, dates=dates)


def local(text_: str) -> datetime:
    """Of Shanghai."""
    return datetime.fromisoformat(text_).replace(tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class Centre:
    engine: Engine
    url: str
    folder: Path

    def takes(
        self, name: str, content: str | bytes, source_map: str, *options: str
    ) -> subprocess.CompletedProcess[str]:
        """Writes the file and its map, imports it, derives."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (self.folder / "map.toml").write_text(source_map, "utf-8")
        done = board_here(self.url, self.folder, "import", name, "--map", "map.toml", *options)
        with self.engine.begin() as conn:
            derive(conn)
        return done

    def has(self, sql: str, **params: object) -> list[tuple[object, ...]]:
        with self.engine.connect() as conn:
            return rows(conn, sql, **params)

    def complaints(self) -> dict[str, str]:
        """Number → status."""
        return {
            str(n): str(s) for n, s in self.has("SELECT external_id, status FROM facts.complaint ORDER BY 1")
        }

    def milestone(self, number: str, name: str) -> list[datetime]:
        found = self.has(
            "SELECT m.happened_at FROM derived.milestone m JOIN facts.complaint c USING (complaint_id) "
            "WHERE c.external_id = :number AND m.milestone = :name ORDER BY 1",
            number=number, name=name,
        )  # fmt: skip
        return [at for (at,) in found if isinstance(at, datetime)]

    def stints(self, number: str, *columns: str) -> list[tuple[object, ...]]:
        """From when on which value, of the columns of derived.stint or the codes of department and region."""
        return self.has(
            f"SELECT s.from_at, {', '.join(columns)} FROM derived.stint s "
            "JOIN facts.complaint c USING (complaint_id) "
            "LEFT JOIN facts.department d ON d.department_id = s.department_id "
            "LEFT JOIN facts.agent a ON a.agent_id = s.owner_id "
            "WHERE c.external_id = :number ORDER BY s.seq",
            number=number,
        )

    def deadlines(self, number: str, *columns: str) -> dict[str, tuple[object, ...]]:
        found = self.has(
            f"SELECT d.target, {', '.join(columns)} FROM derived.deadline d "
            "JOIN facts.complaint c USING (complaint_id) WHERE c.external_id = :number AND d.episode = "
            "(SELECT max(episode) FROM derived.deadline e WHERE e.complaint_id = d.complaint_id "
            "AND e.target = d.target)",
            number=number,
        )
        return {str(target): tuple(rest) for target, *rest in found}


def table(*lines: str, heads: tuple[str, ...] = HEADS, by: str = ",") -> str:
    """Rows written with | between their cells."""
    return "\n".join([by.join(heads), *(line.replace("|", by) for line in lines)]) + "\n"
