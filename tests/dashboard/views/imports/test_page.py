"""The page of imports: each state of a file and of an import, in both languages, and what a press does."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from config.settings import settings
from dashboard import reads
from dashboard.app import PAGES
from dashboard.locale import use
from jobs import uploads as job
from queries.intake import import_tasks
from queries.intake.imports import Finished, fail_import, finish_import, let_go, start_import
from tests.build import at, organisation, rows
from tests.dashboard.page_runs import html, run, strings
from tests.jobs.dropped import HEAD, ask, done, drop, table, work

PAGE = next(page for page in PAGES if page.name == "imports")


@pytest.fixture
def centre(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("BOARD_DEMO", "true")
    settings.cache_clear()
    reads.connect(engine)
    with engine.begin() as conn:
        organisation(conn)
    yield engine
    settings.cache_clear()
    use("en")


def opened(language: str = "en", **query: object) -> AppTest:
    app = run(PAGE, person="administrator", lang=language, **{key: str(one) for key, one in query.items()})
    assert not app.exception
    use("zh" if language == "zh" else "en")  # in which a test names choices
    return app


def shown(app: AppTest) -> str:
    return " ".join(strings(app))


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_only_an_administrator_sees_it(centre: Engine) -> None:
    app = run(PAGE, person="supervisor", lang="en")
    assert "This page is not available to your role." in html(app)
    assert "Bring a file in" not in html(app)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["No file was imported yet.", "There is no import that could be taken back."]),
        ("zh", ["还没有导入过文件。", "没有可以撤回的导入。"]),
    ],
)
def test_an_empty_board_says_how_to_begin(centre: Engine, language: str, words: list[str]) -> None:
    app = opened(language)
    assert [word for word in words if word not in shown(app)] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["12 × closed_dt: before open_dt; 2 × a sum row", "interrupted", "li, 03-02", "wrong month"],
        ),
        ("zh", ["12 × closed_dt：早于 open_dt; 2 × 合计行", "已中断", "li, 03-02", "已撤回", "命令行"]),
    ],
)
def test_an_import_says_who_what_and_why(centre: Engine, language: str, words: list[str]) -> None:
    reasons = [
        {"kind": "kept", "column": "closed_dt", "reason": "before open_dt", "count": 12, "rows": [1, 2, 3]},
        {"kind": "refused", "column": "", "reason": "is a sum row", "count": 2, "rows": [7, 9]},
    ]
    with centre.begin() as conn:
        gone, done_, back = (start_import(conn, "crm", f"{n}.csv", "0" * 64, at(1)) for n in "abc")
        finish_import(conn, done_, at(1), Finished(40, 12, 2, 38, 90, None, reasons, None))
        finish_import(conn, back, at(1), Finished(40, 0, 0, 38, 90, None, [], None))
        fail_import(conn, gone, at(1), "interrupted")
        for one in (gone, done_, back):
            let_go(conn, one)
        conn.execute(
            text(
                "UPDATE journal.import_run SET taken_back_at = :at, taken_back_by = 'li', "
                "taken_back_reason = 'wrong month' WHERE import_id = :back"
            ),
            {"at": at(3), "back": back},
        )
    app = opened(language)
    assert [word for word in words if word not in html(app)] == []
    assert app.selectbox(key="import_back").options[0].startswith(f"{done_} · b.csv")
    assert len(app.selectbox(key="import_back").options) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "encoding: GB18030",
                "row of heads: 1",
                "number of the complaint",
                "lead department",
                "waits for you",
            ],
        ),
        ("zh", ["编码：GB18030", "表头行：1", "投诉编号", "主责部门", "待确认"]),
    ],
)
def test_a_file_that_was_looked_at_shows_what_was_found(
    centre: Engine, language: str, words: list[str]
) -> None:
    upload = drop(centre, table())
    done(centre, "look", upload)
    app = opened(language, upload=upload)
    assert [word for word in words if word not in shown(app)] == []
    assert "13800001234" not in shown(app)
    assert not app.button(key="import_try").disabled


def test_a_file_is_tried_kept_imported_and_taken_back_by_presses(centre: Engine) -> None:
    upload = drop(centre, table())
    done(centre, "look", upload)
    app = pressed(opened(upload=upload), "import_try")
    assert "Waits for a job process" in shown(app)
    job.run(work(centre))
    app.run()
    words = ["What would come in", "Complaints by day of receipt", "网络部", "1 urgent", "empty"]
    assert [word for word in words if word not in shown(app)] == []
    app.text_input(key=f"import_map_name_{upload}").set_value("CRM").run()
    app = pressed(app, "import_keep")
    assert "Kept: it is offered with the next file." in shown(app)
    app = pressed(app, "import_import")
    job.run(work(centre))
    app.run()
    assert "Import 1 is done." in shown(app)
    with centre.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint") == [(3,)]
        assert rows(conn, "SELECT asked_by, upload_id FROM journal.import_run") == [("administrator", upload)]
    app.selectbox(key="import_back").set_value(1).run()
    app = pressed(app, "import_back_try")
    job.run(work(centre))
    app.run()
    assert "Complaints that go" in html(app)
    assert app.button(key="import_back_do").disabled
    app.text_input(key="import_back_reason_1").set_value("wrong month").run()
    app = pressed(app, "import_back_do")
    job.run(work(centre))
    app.run()
    assert "administrator, " in html(app)
    assert "wrong month" in html(app)
    with centre.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint WHERE taken_back_at IS NULL") == [(0,)]


def test_what_is_chosen_otherwise_makes_the_picture_old(centre: Engine) -> None:
    upload = drop(centre, table())
    done(centre, "look", upload)
    app = pressed(opened(upload=upload), "import_try")
    job.run(work(centre))
    app.run()
    assert "What would come in" in shown(app)
    (phone,) = [one for one in app.selectbox if one.label == "业务号码"]
    phone.set_value("").run()
    assert "Something else is chosen since" in shown(app)
    assert not [one for one in app.button if one.key == "import_import"]
    (number,) = [one for one in app.selectbox if one.label == "工单编号"]
    number.set_value("").run()
    assert "No column is taken for the number of the complaint" in shown(app)
    assert app.button(key="import_try").disabled


def test_rows_may_be_taken_for_what_happened_to_a_complaint(centre: Engine) -> None:
    lines = [
        f"T{n % 3},2026-03-01 09:00:00,处理中,一级,网络部,2026-03-0{n % 9 + 1} 1{n // 9}:00:00,\n"
        for n in range(30)
    ]
    head = HEAD.replace("归档时间", "操作时间")
    upload = drop(centre, (head + "".join(lines)).encode("gb18030"))
    done(centre, "look", upload)
    app = opened(upload=upload)
    (kind,) = [one for one in app.radio if one.key == f"import_question_{upload}_rows"]
    for wanted in ("complaint", "update"):
        kind.set_value(wanted).run()
        assert not app.exception
        (kind,) = [one for one in app.radio if one.key == f"import_question_{upload}_rows"]
        assert kind.value == wanted
    pressed(app, "import_try")
    job.run(work(centre))
    with centre.begin() as conn:
        tried = import_tasks.tasks_of_upload(conn, upload)[0]
    assert tried.given["answers"]["chosen"]["rows"] == "update"
    assert tried.outcome == "done", tried.problem


def test_what_was_chosen_is_there_again_in_another_session(centre: Engine) -> None:
    upload = drop(centre, table())
    look = done(centre, "look", upload)
    answers = {"source": "crm", "columns": {"customer.phone": ""}, "chosen": {}}
    done(centre, "try", upload, look=look.task_id, answers=answers)
    app = opened(upload=upload)
    assert app.text_input(key=f"import_source_{upload}").value == "crm"
    (phone,) = [one for one in app.selectbox if one.label == "业务号码"]
    assert phone.value == ""


@pytest.mark.parametrize(("language", "word"), [("en", "It did not work:"), ("zh", "未能完成：")])
def test_a_file_that_cannot_be_read_says_so_and_may_be_read_otherwise(
    centre: Engine, language: str, word: str
) -> None:
    upload = drop(centre, b"PK\x03\x04 no workbook", "a.xlsx")
    done(centre, "look", upload)
    app = opened(language, upload=upload)
    assert word in app.error[0].value
    pressed(app, "import_look")
    with centre.begin() as conn:
        assert len(import_tasks.tasks_of_upload(conn, upload)) == 2


def test_a_file_under_way_shows_how_far_it_is(centre: Engine) -> None:
    upload = drop(centre, table())
    number = ask(centre, "look", upload)
    with centre.begin() as conn:
        import_tasks.claim(conn, token := uuid4())
        import_tasks.renew(conn, number, token, "Reading", 0.43, 12_000)
    app = opened(upload=upload)
    assert "Reading the rows: 12,000 rows · 43 %" in shown(app)
    assert "looking at it 43 %" in html(app)


def test_a_file_is_discarded_and_one_that_is_gone_is_said_to_be(centre: Engine) -> None:
    upload = drop(centre, table())
    done(centre, "look", upload)
    pressed(opened(upload=upload), "import_give_up")
    with centre.begin() as conn:
        assert rows(conn, "SELECT given_up_at IS NOT NULL FROM journal.upload") == [(True,)]
    for gone in (upload, 999, "x", "1" * 40):
        app = opened(upload=gone)
        assert not app.exception
    assert "This file is not here any more." in shown(opened(upload=upload))


def test_somebody_who_is_no_administrator_any_more_asks_for_nothing(centre: Engine) -> None:
    upload = drop(centre, table())
    done(centre, "look", upload)
    app = opened(upload=upload)
    with centre.begin() as conn:
        conn.exec_driver_sql("UPDATE facts.agent SET grade = 'supervisor' WHERE login = 'administrator'")
    app.button(key="import_try").click().run()
    with centre.begin() as conn:
        assert len(import_tasks.tasks_of_upload(conn, upload)) == 1


def test_where_it_cannot_be_read_it_says_so(centre: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with centre.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE journal.import_run RENAME TO gone_import_run")
    app = opened()
    assert shown(app).count("This could not be read. It is retried automatically.") == 2


def test_the_page_of_jobs_leads_here(centre: Engine) -> None:
    jobs = next(page for page in PAGES if page.name == "jobs")
    assert 'href="/imports?' in html(run(jobs, person="administrator", lang="en"))
    assert 'href="/imports?' not in html(run(jobs, person="supervisor", lang="en"))
    assert replace(PAGE).roles == ("administrator",)
