"""A workflow table as the complaint system of an operator exports it: forty Chinese columns, GBK, a wide row
a complaint. Names and telephone numbers are made up."""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

HEADS = (
    "工单流水号", "业务号码", "客户姓名", "客户等级", "受理渠道", "受理时间", "投诉类型一级", "投诉类型二级",
    "投诉类型三级", "投诉内容", "用户诉求", "事发时间", "事发地点", "归属地市", "紧急程度", "首响时间",
    "派单时间", "主办部门", "主办人", "协办部门1", "协办派发时间1", "协办回复时间1", "协办意见1", "协办部门2",
    "协办派发时间2", "协办回复时间2", "协办意见2", "挂起时间", "挂起时长(小时)", "挂起原因", "预约回访时间",
    "3日回访时间", "3日回访结果", "7日回访时间", "7日回访结果", "满意度评分", "不满意原因", "要求完成时间",
    "办结时间", "归档时间", "最后更新时间", "工单状态",
)  # fmt: skip
FIRST = datetime(2026, 9, 1, 8, 0)  # noqa: DTZ001 - local, as such tables are
LAST = datetime(2026, 11, 28, 8, 0)  # noqa: DTZ001 - when it was exported
TYPES = (
    ("网络质量", "移动网络", "无信号"), ("网络质量", "移动网络", "上网慢"), ("网络质量", "宽带", "断网"),
    ("业务资费", "账单", "费用争议"), ("业务资费", "套餐", "套餐外扣费"), ("服务质量", "营业厅", "态度差"),
    ("服务质量", "装维", "装机超时"), ("营销宣传", "外呼", "虚假承诺"),
)  # fmt: skip
CITIES = ("广州", "深圳", "佛山", "东莞", "惠州", "珠海", "中山", "汕头")
DEPARTMENTS = ("网络运维部", "客户服务部", "市场部", "计费中心", "装维中心", "渠道管理部")
CHANNELS = ("10086热线", "掌上营业厅", "营业厅", "微信公众号", "网上营业厅", "工信部申诉")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", ("建国", "丽", "志强", "秀英", "伟", "敏", "静", "磊")
URGENCIES = ("紧急", "一般", "低")
SCORES = ("5", "5", "4", "4", "3", "2", "1")
CALLS_3 = ("已解决", "已解决", "未解决", "无人接听")
CALLS_7 = ("满意", "满意", "不满意", "拒访")


def write_workflow_table(path: Path, rows: int = 2000, seed: int = 1) -> list[dict[str, str]]:
    """The rows, as they were written."""
    draw = random.Random(seed)
    table = [_row(number, draw) for number in range(rows)]
    with path.open("w", encoding="gbk", newline="") as file:
        writer = csv.DictWriter(file, HEADS, restval="")
        writer.writeheader()
        writer.writerows(table)
    return table


def _row(number: int, draw: random.Random) -> dict[str, str]:
    received = FIRST + timedelta(seconds=draw.randrange(int((LAST - FIRST).total_seconds())))
    kind = draw.choice(TYPES)
    row = {
        "工单流水号": f"GD{received:%Y%m%d}{number:06d}",
        "业务号码": f"1{draw.choice('358')}9{draw.randrange(10**8):08d}",
        "客户姓名": draw.choice(SURNAMES) + draw.choice(GIVEN),
        "客户等级": draw.choice(("五星", "四星", "三星", "普通")),
        "受理渠道": draw.choice(CHANNELS),
        "受理时间": _at(received),
        "投诉类型一级": kind[0],
        "投诉类型二级": kind[1],
        "投诉类型三级": kind[2],
        "投诉内容": f"客户来电反映{kind[2]}，多次联系未果，要求{draw.choice(('尽快', '今天内'))}处理。",
        "用户诉求": draw.choice(("尽快修复", "退费", "道歉并赔偿", "解释原因")),
        "归属地市": draw.choice(CITIES),
        "紧急程度": draw.choices(URGENCIES, (1, 6, 2))[0],
        "主办部门": draw.choice(DEPARTMENTS),
        "主办人": draw.choice(SURNAMES) + draw.choice(GIVEN),
        "要求完成时间": _at(received + timedelta(hours=48)),
    }
    if draw.random() < 0.6:
        row["事发时间"] = _at(received - timedelta(hours=draw.randrange(1, 72)))
        row["事发地点"] = f"{row['归属地市']}市中山路{draw.randrange(1, 400)}号"
    reached = _steps(row, received, draw)
    row["最后更新时间"] = _at(reached)
    return row


def _steps(row: dict[str, str], received: datetime, draw: random.Random) -> datetime:
    """How far it got before the export; when something last happened to it."""
    at = received
    for step in (_answered, _sent, _asked_others, _paused, _finished, _called, _filed):
        later = step(dict[str, str](), at, draw)
        if later[1] > LAST:
            break
        row.update(later[0])
        at = max(at, later[1])
    row["工单状态"] = _status(row)
    return at


Step = tuple[dict[str, str], datetime]


def _answered(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    at += timedelta(minutes=draw.randrange(2, 30))
    return row | {"首响时间": _at(at)}, at


def _sent(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    at += timedelta(minutes=draw.randrange(5, 120))
    return row | {"派单时间": _at(at)}, at


def _asked_others(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    last = at
    for number in range(1, draw.choices((1, 2, 3), (5, 3, 2))[0]):
        asked = at + timedelta(minutes=draw.randrange(10, 90))
        last = asked + timedelta(minutes=draw.randrange(20, 600))
        row[f"协办部门{number}"] = draw.choice(DEPARTMENTS)
        row[f"协办派发时间{number}"], row[f"协办回复时间{number}"] = _at(asked), _at(last)
        row[f"协办意见{number}"] = draw.choice(("已核查，属实", "现场已处理", "设备正常，建议回访客户"))
    return row, last


def _paused(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    if draw.random() < 0.8:
        return row, at
    begun, hours = at + timedelta(minutes=30), draw.choice((12, 24, 48))
    row |= {"挂起时间": _at(begun), "挂起时长(小时)": str(hours), "挂起原因": "等待客户配合"}
    return row, begun + timedelta(hours=hours)


def _finished(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    at += timedelta(hours=draw.randrange(1, 60))
    return row | {"办结时间": _at(at), "预约回访时间": _at(at + timedelta(days=3))}, at


def _called(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    third, seventh = at + timedelta(days=2, hours=5), at + timedelta(days=6, hours=3)
    row |= {"3日回访时间": _at(third), "3日回访结果": draw.choice(CALLS_3)}
    row |= {"7日回访时间": _at(seventh), "7日回访结果": draw.choice(CALLS_7)}
    row["满意度评分"] = draw.choice(SCORES)
    if row["满意度评分"] in "12":
        row["不满意原因"] = draw.choice(("处理太慢", "问题没有解决"))
    return row, seventh


def _filed(row: dict[str, str], at: datetime, draw: random.Random) -> Step:
    at += timedelta(days=1)
    return row | {"归档时间": _at(at)}, at


def _status(row: dict[str, str]) -> str:
    if "归档时间" in row:
        return "已归档"
    if "办结时间" in row:
        return "待归档" if "3日回访时间" in row else "已办结"
    return "处理中" if "派单时间" in row else "待派单"


def _at(instant: datetime) -> str:
    return f"{instant:%Y/%m/%d %H:%M:%S}"
