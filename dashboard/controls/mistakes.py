"""What is wrong in a policy, in Chinese. The sentences of config/ are English, for the command line."""

import re
from functools import cache

from dashboard.locale import language

# As config/ writes them, with a hole for each value. The order of the holes is the same in Chinese.
CHINESE = {
    "is no key of a policy; did you mean {}?": "不是策略的键；是否应为 {}？",
    "is no key of a policy; leave it out": "不是策略的键，请删除",
    "is missing; the default policy shows how it is written": "缺少此项；写法见默认策略",
    "the override of {} lies outside {}; write a nearer day": "{} 的特殊日期超出 {}，请填写较近的日期",
    "region {} has two overrides for {}; leave one": "地区 {} 在 {} 有两条特殊日期，请只留一条",
    "name its days by 'day', or by 'from' and 'to'": "请用 'day'，或用 'from' 和 'to' 写明日期",
    "'to' ({}) comes before 'from' ({}); write the earlier day first": (
        "'to'（{}）早于 'from'（{}），请先写较早的日期"
    ),
    "from {} to {} are more than {} days; change the weekly hours": (
        "{} 至 {} 超过 {} 天，请改为调整每周时段"
    ),
    "it has 'closed = true' or 'hours'; write one of them": "'closed = true' 与 'hours' 请填写其中一项",
    "the calendar has no open hours at all; give at least one day a span": (
        "该工作日历没有任何工作时段，请至少为一天填写时段"
    ),
    "the spans of {} overlap or are out of order; list them by time": (
        "{} 的时段重叠或顺序有误，请按时间先后填写"
    ),
    "make-up working days have the hours of {}, which has none; name another weekday in 'make_up_hours_of'": (
        "调休上班日按 {} 的时段，但该日没有时段；请在 'make_up_hours_of' 中改填其他工作日"
    ),
    "{} in a calendar is unclear; write such as '2 working days' or '16h'": (
        "{} 用于工作日历时含义不明；请写成 '2 working days' 或 '16h' 之类"
    ),
    "a target met by 'responded' or 'opinion' starts at 'requested', and only such": (
        "以 'responded' 或 'opinion' 完成的时限须自 'requested' 起算，其他时限不可"
    ),
    "a budget in working days needs a calendar in 'hours'": "以工作日计的时限须在 'hours' 中指定工作日历",
    "'owner' is 'co_owner' for targets that start at 'requested', else 'lead'": (
        "自 'requested' 起算的时限，'owner' 为 'co_owner'，其余为 'lead'"
    ),
    "it warns by 'warn_share' or by 'warn_left'; leave one out": "'warn_share' 与 'warn_left' 只能填写一项",
    "'warn_left' is as long as the budget; write a shorter time": (
        "'warn_left' 不短于时限本身，请填写较短的时间"
    ),
    "'experience_days' comes after 'confirm_solved_days'; write a larger number": (
        "'experience_days' 须晚于 'confirm_solved_days'，请填写较大的数"
    ),
    "'retry' says nothing of {}; give each a time such as '2h'": "'retry' 缺少 {}，请逐项填写时间，如 '2h'",
    "a calendar is named 'always', which means around the clock; name it otherwise": (
        "'always' 表示全天候，工作日历不能用此名称"
    ),
    "'team_hours' is {}; known are {}": "'team_hours' 为 {}；可用的有 {}",
    "target {} has hours {}; known are {}": "时限类型 {} 的 'hours' 为 {}；可用的有 {}",
    "two targets are named {}; each has a name of its own": "有两个时限类型都名为 {}，名称不能重复",
    "two excuses are named {}; each has a name of its own": "有两个免责原因都名为 {}，名称不能重复",
    "{} is a deadline that is no target; name the target otherwise": "{} 是系统保留的时限名称，请另取名称",
    "escalation: {} is told no later than {}; write a longer 'after'": (
        "升级通知：{} 的通知时间不晚于 {}，请填写更长的 'after'"
    ),
    "{} is newer than {}, which this board reads": "{} 比本看板可读的 {} 更新",
    "{} is not a duration above zero; write such as '10m', '2h' or '15d'": (
        "{} 不是大于零的时长；请写成 '10m'、'2h' 或 '15d' 之类"
    ),
    "{} is longer than ten years; write a shorter time": "{} 超过十年，请填写较短的时间",
    "{} is not a budget above zero and below ten years; write such as '10m', '2h', '3 working days'": (
        "{} 不是大于零且不足十年的时限；请写成 '10m'、'2h' 或 '3 working days' 之类"
    ),
    "{} is not a span; write such as '09:00-12:00'": "{} 不是时段；请写成 '09:00-12:00' 之类",
    "{} names a time that no day has; the last is 24:00": "{} 含有不存在的时刻；最晚为 24:00",
    "{} ends before it begins; write the earlier time first": "{} 的结束早于开始；请先写较早的时刻",
    "{} is no time of day; write such as '08:00'": "{} 不是时刻；请写成 '08:00' 之类",
    "{} is no time zone; write such as 'Asia/Shanghai'": "{} 不是时区；请写成 'Asia/Shanghai' 之类",
    "no shift is named; write at least one [[shifts]], or leave the table out for whole days": (
        "没有班次；请至少写一个 [[shifts]]，或不写此表（按整天计）"
    ),
    "two shifts are named {}; each has a name of its own": "有两个班次都名为 {}，名称不能重复",
    "shifts {} and {} both begin at {}; begin one later": "班次 {} 与 {} 都在 {} 开始，请将其中一个推后",
    "'alert_until' is not below 'alert_from', so that a value around it would ring again and again; "
    "write a lower one": "'alert_until' 不低于 'alert_from'，界限附近的值会反复告警；请填写较低的值",
    # Of the library that checks the types.
    "{} should be greater than or equal to {}": "{} 应不小于 {}",
    "{} should be less than or equal to {}": "{} 应不大于 {}",
    "{} should be greater than {}": "{} 应大于 {}",
    "{} should be less than {}": "{} 应小于 {}",
    "{} should be a valid integer{}": "{} 应为整数",
    "{} should be a valid number{}": "{} 应为数字",
    "{} should be a valid boolean{}": "{} 应为 true 或 false",
    "{} should be a valid string": "{} 应为文本",
    "{} String should match pattern {}": "{} 应符合格式 {}",
    "{} should be {} or {}": "{} 应为 {} 或 {}",
    "{} (at line {}, column {})": "TOML 语法有误（{}，第 {} 行第 {} 列）",
    "{} (at end of document)": "TOML 语法有误（{}，位于文末）",
}


def shown(what: str) -> str:
    """In the reader's language; a sentence that is not known stays as it is."""
    if language() == "en":
        return what
    for english, chinese in CHINESE.items():
        found = _pattern(english).fullmatch(what)
        if found:
            return chinese.format(*found.groups())
    return what


@cache
def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in english.split("{}")), re.DOTALL)
