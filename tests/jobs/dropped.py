"""Files dropped on the page of imports, and the job that does what is asked of them."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine

from config.settings import Settings
from jobs import uploads as job
from jobs.work import Work
from queries.db import board_now
from queries.intake import import_tasks, uploads
from queries.intake.import_tasks import Kind, Task

HEAD = "工单编号,受理时间,工单状态,紧急程度,主办部门,归档时间,业务号码\n"
ROWS = (
    "T1,2026-03-02 09:00:00,处理中,一级,网络部,,13800001234\n",
    "T2,2026-03-02 10:00:00,已归档,二级,计费部,2026-03-03 09:00:00,13800001235\n",
    "T3,2026-03-03 11:00:00,处理中,二级,网络部,,13800001236\n",
    ",2026-03-03 12:00:00,处理中,三级,网络部,,13800001237\n",  # refused: it has no number
)
BY = "administrator"


def table(*rows: str) -> bytes:
    """As an operator's system exports it."""
    return (HEAD + "".join(rows or ROWS)).encode("gb18030")


def drop(engine: Engine, content: bytes, name: str = "工单 2026-03-04.csv") -> int:
    with engine.begin() as conn:
        return uploads.store(conn, uuid4(), name, BytesIO(content), BY, board_now(conn), 10_000_000)


def ask(engine: Engine, kind: Kind, of: int, **given: Any) -> int:
    with engine.begin() as conn:
        import_tasks.ask(conn, uuid4(), kind, of, BY, board_now(conn), given)
        tasks = import_tasks.tasks_of_import if kind.endswith("take_back") else import_tasks.tasks_of_upload
        return tasks(conn, of)[0].task_id


def work(engine: Engine, progress: Callable[[], None] = lambda: None) -> Work:
    with engine.begin() as conn:
        now = board_now(conn)
    return Work(engine, Settings(), "host:1:1", now, progress, dict)


def done(engine: Engine, kind: Kind, of: int, **given: Any) -> Task:
    """Asked, done by the job, and read again."""
    number = ask(engine, kind, of, **given)
    job.run(work(engine))
    return read(engine, number)


def read(engine: Engine, number: int) -> Task:
    with engine.begin() as conn:
        found = import_tasks.task(conn, number)
    assert found is not None
    return found
