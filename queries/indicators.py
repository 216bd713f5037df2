"""The indicators: each number that the board shows has its name, meaning, unit and goal here, once.

Pages, the wall and docs/indicators.md read this table. `rule` is the rule that a number comes from
(docs/architecture.md), `goal` a key of the policy's goals, `measure` the function that counts it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from queries import jobs
from queries.attribution import blocking, scope
from queries.pages import (
    alert_precision,
    alert_recall,
    alerts,
    backlog,
    callbacks,
    co_owner_requests,
    co_owners,
    problems,
    resolution,
    risk,
    riskiest,
    satisfaction,
    surges,
    wall,
)
from queries.risk import quality

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


# An entry reads as a whole: name, meaning, what it is counted in.
# fmt: off
INDICATORS: tuple[Indicator, ...] = (
    # Live risk
    Indicator("past_due", "Deadlines past due", "已超时时限",
        "Open deadlines whose due time has passed without being met.",
        "到期后仍未完成的时限数。",
        "deadlines", "lower", "N1–N6", measure=risk.summary),
    Indicator("due_within_1h", "Due within 1 hour", "1 小时内到期",
        "Open deadlines that fall due within the next hour; callbacks are not counted.",
        "未来 1 小时内到期的未完成时限数，不含回访。",
        "deadlines", "lower", "N1–N6", measure=risk.summary),
    Indicator("due_within_4h", "Due within 4 hours", "4 小时内到期",
        "Open deadlines that fall due within the next 4 hours; callbacks are not counted.",
        "未来 4 小时内到期的未完成时限数，不含回访。",
        "deadlines", "lower", "N1–N6", measure=risk.summary),
    Indicator("at_risk", "At risk", "临期时限",
        "Open deadlines that have used most of their time (a share set by the policy) and are not past due.",
        "已用去大部分时间（比例由策略规定）且尚未超时的时限数。",
        "deadlines", "lower", "N1–N6", measure=risk.summary),
    Indicator("paused", "Paused", "已暂停",
        "Open deadlines whose clock stands still, because the policy pauses it in this status.",
        "按策略在当前状态下暂停计时的时限数。",
        "deadlines", "neither", measure=risk.summary),
    Indicator("expected_1h", "Expected breaches within 1 h", "预计 1 小时内超时",
        "Sum of the breach risk of all deadlines and callbacks that fall due within the next hour.",
        "未来 1 小时内到期的时限与回访的超时风险之和。",
        "breaches", "lower", measure=riskiest.expected),
    Indicator("expected_4h", "Expected breaches within 4 h", "预计 4 小时内超时",
        "Sum of the breach risk of all deadlines and callbacks that fall due within the next 4 hours.",
        "未来 4 小时内到期的时限与回访的超时风险之和。",
        "breaches", "lower", measure=riskiest.expected),
    Indicator("expected_shift", "Expected breaches until the shift ends, {time}",
        "预计本班结束（{time}）前超时",
        "Sum of the breach risk of all deadlines and callbacks that fall due before this shift ends.",
        "本班结束前到期的时限与回访的超时风险之和。",
        "breaches", "lower", measure=riskiest.expected),
    # Backlog
    Indicator("open_complaints", "Open complaints", "未结投诉",
        "Complaints that are not yet resolved, closed or withdrawn, nor merged into another.",
        "尚未解决、关闭或撤回，也未并入其他投诉的投诉数。",
        "complaints", "lower", measure=backlog.count_open),
    Indicator("open_of_tier", "Open complaints of a tier", "某级别的未结投诉",
        "Open complaints that have this tier now.",
        "当前为该级别的未结投诉数。",
        "complaints", "lower", "N2–N5", measure=backlog.by_tier_and_department),
    Indicator("follow_up", "In follow-up", "回访中",
        "Complaints that are resolved and still have a callback to be made.",
        "已解决但仍有待完成回访的投诉数。",
        "complaints", "neither", "N7"),
    # Co-owners
    Indicator("waiting_on_co_owner", "Waiting on a co-owner", "等待协责",
        "Open complaints that cannot go on before a co-owner has answered.",
        "等待协责部门答复后才能继续处理的未结投诉数。",
        "complaints", "lower", "N6", measure=blocking.blockers),
    Indicator("requests_open", "Requests open", "未完成协查",
        "Co-owner requests that have not been given their opinion yet.",
        "尚未给出意见的协查请求数。",
        "requests", "neither", "N6", measure=co_owner_requests.standing),
    Indicator("requests_overdue", "Requests overdue", "超时协查",
        "Open co-owner requests past their limit for the response or for the opinion.",
        "已超过响应时限或意见时限的未完成协查请求数。",
        "requests", "lower", "N6", measure=co_owner_requests.standing),
    Indicator("response_in_time", "Responded within {limit}", "{limit}内响应",
        "Share of the co-owner requests of the period that were responded to within the limit of the policy.",
        "本期协查请求中在策略时限内得到响应的比例。",
        "share", "higher", "N6", measure=co_owners.answers),
    Indicator("opinion_in_time", "Opinion within {limit}", "{limit}内给出意见",
        "Share of the co-owner requests of the period that got their opinion within the limit of the policy.",
        "本期协查请求中在策略时限内给出意见的比例。",
        "share", "higher", "N6", measure=co_owners.answers),
    Indicator("co_owners_in_time", "Co-owners in time", "协责及时率",
        "Share of the co-owner requests of today that were responded to within the limit of the policy.",
        "今日协查请求中在策略时限内得到响应的比例。",
        "share", "higher", "N6", measure=co_owners.by_day),
    Indicator("held_past_limit", "Time held past due", "已超时占用",
        "Time for which co-owners kept complaints waiting after their own limit had passed.",
        "协责部门超过自身时限后仍占用投诉的时长。",
        "time", "lower", "N6", measure=scope.totals),
    Indicator("avoidable_breaches", "Avoidable breaches", "可避免的超时",
        "Breaches that would not have happened, had every co-owner kept its limit.",
        "若协责部门均按时限完成便不会发生的超时项数。",
        "breaches", "lower", "N6", measure=scope.totals),
    # Satisfaction
    Indicator("mean_satisfaction", "Satisfaction, of 5", "满意度（满分 5 分）",
        "Mean of the answers of the period; an answer is the mean of its questions, each 1 to 5.",
        "本期答卷的平均分；每份答卷取各题（1–5 分）的均值。",
        "score", "higher", "N8, N9", "satisfaction", measure=satisfaction.panels),
    Indicator("nps", "NPS", "NPS",
        "Share of customers who answer 9 or 10, less the share who answer 0 to 6, in points.",
        "打 9–10 分的客户占比减去打 0–6 分的客户占比，以百分点计。",
        "points", "higher", "N9", "nps", measure=satisfaction.panels),
    Indicator("response_rate", "Response rate", "参评率",
        "Answers of the period per survey that was sent in it.",
        "本期收回的答卷数与本期发送的满意度调查数之比。",
        "share", "higher", measure=satisfaction.panels),
    Indicator("answers", "Answers", "答卷数",
        "Surveys that were answered in the period, also those about a complaint merged into another.",
        "本期收回的答卷数，含针对已并入其他投诉的答卷。",
        "surveys", "higher", "N8", measure=satisfaction.panels),
    Indicator("resolution_rate", "Resolution rate", "问题解决率",
        "Of the complaints that were resolved in the period and not merged into another, those that were not "
        "re-opened within 30 days.",
        "本期已解决且未并入其他投诉的投诉中，30 天内未重新打开的比例。",
        "share", "higher", "N9", "resolution_rate", 30, resolution.lasting),
    Indicator("repeat_rate", "Repeat rate", "重复投诉率",
        "Of the complaints received in the period whose customer and category are known, those that follow "
        "another one of the same customer and category within 30 days; merged ones are not counted.",
        "本期收到且客户和类别已知的投诉中，同一客户同一类别在前 30 天内已投诉过的比例，"
        "不含已并入其他投诉的投诉。",
        "share", "lower", "N9", "repeat_rate", measure=resolution.repeated),
    # Callbacks
    Indicator("callbacks_overdue", "Callbacks overdue", "逾期回访",
        "Callbacks to be made whose due time has passed.",
        "到期后仍未完成的回访数。",
        "callbacks", "lower", "N7", measure=callbacks.counts),
    Indicator("callbacks_today", "Callbacks due today", "今日到期回访",
        "Callbacks to be made that fall due before the end of today.",
        "今日结束前到期的待完成回访数。",
        "callbacks", "neither", "N7", measure=callbacks.counts),
    Indicator("callbacks_week", "Due in the next 7 days", "未来 7 天到期",
        "Callbacks to be made that fall due in the seven days after today.",
        "今日之后 7 天内到期的待完成回访数。",
        "callbacks", "neither", "N7", measure=callbacks.counts),
    Indicator("callbacks_unassigned", "Not assigned", "未分配",
        "Callbacks to be made that nobody has been given.",
        "尚未分配给任何人的待完成回访数。",
        "callbacks", "lower", "N7", measure=callbacks.counts),
    Indicator("callbacks_done", "Done today", "今日完成",
        "Callbacks that ended today, whatever their outcome.",
        "今日已结束的回访数，不论结果。",
        "callbacks", "higher", "N7", measure=callbacks.counts),
    # Problems
    Indicator("received", "Complaints", "投诉",
        "Complaints that were received in the period and are not merged into another.",
        "本期收到且未并入其他投诉的投诉数。",
        "complaints", "lower", "F13", measure=problems.overview),
    Indicator("recognised", "Problem recognised", "识别出问题",
        "Share of the complaints of the period whose text names a known problem.",
        "本期投诉中从文本识别出已知问题的比例。",
        "share", "higher", "F14", measure=problems.overview),
    Indicator("negative", "Negative texts", "负面文本",
        "Share of the texts that were read whose sentiment is negative.",
        "已读文本中情绪为负面的比例。",
        "share", "lower", "F14", measure=problems.overview),
    Indicator("tier_1_words", "With tier-1 words", "含一级触发词",
        "Complaints of the period whose text has words of tier 1: safety, regulator or press, rage.",
        "本期投诉中文本含一级触发词（安全、监管或媒体、强烈情绪）的件数。",
        "complaints", "lower", "N3", measure=problems.overview),
    Indicator("proposals_waiting", "Waiting for a decision", "待人工确认",
        "Open complaints that are proposed for tier 1 and that nobody has decided on.",
        "已建议升为一级、尚无人确认的未结投诉数。",
        "complaints", "lower", "N3", measure=problems.overview),
    Indicator("customers", "Customers", "客户",
        "Different customers among the complaints of the period whose customer is known, merged ones too.",
        "本期客户已知的投诉所涉及的不同客户数，含已并入其他投诉的投诉。",
        "customers", "lower", "F13", measure=problems.by_issue),
    Indicator("sentiment", "Sentiment", "情绪",
        "Mean sentiment of the texts that were read, from −1 (negative) to 1 (positive).",
        "已读文本的平均情绪，从 −1（负面）到 1（正面）。",
        "sentiment", "higher", "F14", measure=problems.by_channel),
    # Surges
    Indicator("surges_running", "Running now", "正在发生",
        "Surges that have not ended yet.",
        "尚未结束的集中投诉数。",
        "surges", "lower", "N3", measure=surges.surges),
    Indicator("surges_waiting", "Surge complaints to decide", "集中投诉待确认",
        "Complaints of running surges that are proposed for tier 1 and wait for a person's decision.",
        "正在发生的集中投诉中已建议升为一级、等待人工确认的投诉数。",
        "complaints", "lower", "N3", measure=surges.surges),
    Indicator("surges_found", "Surges found", "发现的集中投诉",
        "Surges that were found in the past days that the page keeps.",
        "页面保留期内发现的集中投诉数。",
        "surges", "neither", "N3", measure=surges.surges),
    Indicator("surges_made_tier_1", "Made tier 1", "升为一级",
        "Complaints of these surges that a person made tier 1.",
        "这些集中投诉中由人工升为一级的投诉数。",
        "complaints", "neither", "N3", measure=surges.surges),
    # Alerts
    Indicator("alerts_open", "Open alerts", "未处理告警",
        "Alerts that are not over and that nobody has acknowledged.",
        "尚未结束且无人确认的告警数。",
        "alerts", "lower", measure=alerts.counts),
    Indicator("alerts_critical", "Critical alerts", "严重告警",
        "Open alerts of the most urgent level (★★★).",
        "未处理告警中最高等级（★★★）的条数。",
        "alerts", "lower", measure=alerts.counts),
    Indicator("urgent_past_due", "Urgent deadlines past due", "紧急时限已超时",
        "Open deadlines of tier 1 whose due time has passed, with an alert or without.",
        "到期后仍未完成的一级时限数，不论是否有告警。",
        "deadlines", "lower", "N2", measure=wall.figures),
    Indicator("alerts_acknowledged", "Acknowledged", "已确认",
        "Alerts that somebody takes care of and that are not over yet.",
        "已有人确认且尚未结束的告警数。",
        "alerts", "neither", measure=alerts.counts),
    Indicator("sent_today", "Sent today", "今日发送",
        "Messages that an outlet accepted today.",
        "今日被通知渠道接收的消息数。",
        "messages", "neither", measure=alerts.counts),
    Indicator("not_delivered", "Not delivered", "未送达",
        "Messages that an outlet did not accept, to be tried again or given up.",
        "未被通知渠道接收、待重试或已放弃的消息数。",
        "messages", "lower", measure=alerts.counts),
    # Alert precision
    Indicator("risk_alerts", "Alerts “likely to breach”", "“很可能超时”告警",
        "Alerts of the period that were raised because a breach was likely.",
        "本期因很可能超时而触发的告警数。",
        "alerts", "neither", measure=alert_precision.figures),
    Indicator("precision", "Came true", "确实超时",
        "Share of the decided alerts whose deadline was breached, with its 95 % interval.",
        "已有结果的告警中其时限确实超时的比例及其 95% 区间。",
        "share", "higher", measure=alert_precision.figures),
    Indicator("acted", "Met after action", "有人处理后按时完成",
        "Alerts whose deadline was met after somebody had done something about it.",
        "告警后有人处理且时限按时完成的告警数。",
        "alerts", "higher", measure=alert_precision.figures),
    Indicator("lead_time", "Lead time", "提前量",
        "Median time from the alert to the due time.",
        "从告警到到期时间的中位时长。",
        "time", "higher", measure=alert_precision.figures),
    Indicator("recall", "Breaches predicted", "超时前已告警",
        "Share of the breaches of the period that an alert had warned of before.",
        "本期超时中事先已有告警的比例。",
        "share", "higher", measure=alert_recall.recall),
    # How good is the risk
    Indicator("ranking", "Ranking (AUC)", "排序能力（AUC）",
        "Chance that one that breached had a higher breach risk than one that was met; 0.5 is guessing.",
        "超时的时限其超时风险高于按时完成的时限的概率；0.5 相当于猜测。",
        "area", "higher", measure=quality.measure),
    Indicator("riskiest_tenth", "Late in the riskiest 10 %", "风险最高 10% 中的超时",
        "Share that breached among the tenth of the deadlines with the highest breach risk.",
        "超时风险最高的十分之一时限中实际超时的比例。",
        "share", "higher", measure=quality.measure),
    Indicator("calibration", "Calibration error", "校准误差",
        "Mean distance between the predicted breach risk and the share that breached, in points.",
        "预测的超时风险与实际超时比例之间的平均差距，以百分点计。",
        "share", "lower", measure=quality.measure),
    Indicator("brier", "Brier score", "Brier 分数",
        "Mean squared distance between the predicted breach risk and what happened; 0 is best.",
        "预测的超时风险与实际结果之差的平方均值；0 为最佳。",
        "error", "lower", measure=quality.measure),
    Indicator("with_a_number", "Questions with a forecast", "有预测的问题",
        "Share of the tried deadlines for which there were enough similar ones to give a breach risk.",
        "试验的时限中有足够相似记录、可给出超时风险的比例。",
        "share", "higher", measure=quality.measure),
    # Policy
    Indicator("policy_version", "Version in force", "现行版本",
        "The policy version that new deadlines get.",
        "新时限所采用的策略版本。",
        "version", "neither"),
    Indicator("targets_on", "Targets in use", "启用的时限类型",
        "Targets of the policy that make deadlines.",
        "策略中会产生时限的时限类型数。",
        "targets", "neither"),
    Indicator("holidays_until", "Holidays published until", "节假日已公布至",
        "Last year whose holidays and make-up working days are known.",
        "节假日与调休安排已公布的最后年份。",
        "year", "higher"),
    Indicator("provisional", "Provisional deadlines", "暂定时限",
        "Open deadlines that fall into a year whose holidays are not published yet.",
        "到期年份的节假日尚未公布的未完成时限数。",
        "deadlines", "lower"),
    Indicator("due_times_moved", "Due times that move", "变动的到期时间",
        "Open deadlines whose due time the new policy would move.",
        "新策略会改变到期时间的未完成时限数。",
        "deadlines", "neither"),
    Indicator("become_breached", "Become breached", "转为超时",
        "Open deadlines that the new policy would make past due.",
        "新策略会使其转为已超时的未完成时限数。",
        "deadlines", "lower"),
    Indicator("become_at_risk", "Become at risk", "转为临期",
        "Open deadlines that the new policy would put at risk.",
        "新策略会使其转为临期的未完成时限数。",
        "deadlines", "lower"),
    Indicator("no_longer_at_risk", "No longer at risk", "不再临期",
        "Open deadlines at risk that would not be under the new policy.",
        "在新策略下不再临期的未完成时限数。",
        "deadlines", "higher"),
    Indicator("no_longer_promised", "No longer promised", "不再承诺",
        "Open deadlines that the new policy would cancel.",
        "新策略会取消的未完成时限数。",
        "deadlines", "neither"),
    # Jobs
    Indicator("processes_alive", "Job processes alive", "正常的任务进程",
        "Processes of the jobs that gave a sign of life within the last 20 seconds.",
        "最近 20 秒内有心跳的任务进程数。",
        "processes", "higher", measure=jobs.processes),
    Indicator("failed_runs", "Failed runs, past day", "过去一天失败的运行",
        "Runs of jobs that ended with an error in the past 24 hours.",
        "过去 24 小时内以错误结束的任务运行次数。",
        "runs", "lower", measure=jobs.recent_failures),
    Indicator("sources", "Sources", "数据源数",
        "Sources that have sent the board something.",
        "曾向本系统提供数据的数据源数。",
        "sources", "neither", measure=jobs.feeds),
    Indicator("last_heard", "Last data received", "最近收到数据",
        "Time since the last data came in from any source.",
        "距最近一次收到任一数据源数据的时长。",
        "time", "lower", measure=jobs.feeds),
)
# fmt: on
BY_CODE = {one.code: one for one in INDICATORS}


# Stands above the table of the document.
MERGED = (
    "A complaint that its source merged into another is no complaint of its own: it is not counted as "
    "received, resolved, re-opened or repeated, nor in problems, and from its merging on it is not open; its "
    "parent stands for it. What a person did stays counted: its customer is one of those who complained, in "
    "problems and in surges, and an answer about it is an answer, so that nobody can hide a bad score by "
    "merging. A breach that happened before it was merged stays a breach, and past backlogs have it until "
    "then."
)


def as_table() -> str:
    """docs/indicators.md, which a test compares with this table."""
    lines = ["| indicator | 中文 | meaning | unit | better | rule | goal |", "|---|---|---|---|---|---|---|"]
    for one in INDICATORS:
        rest = f" Provisional for {one.provisional_days} days." if one.provisional_days else ""
        cells = (one.name_en, one.name_zh, one.means_en + rest, UNITS[one.unit][0])
        lines.append("| " + " | ".join((*cells, one.better, one.rule or "–", one.goal or "–")) + " |")
    return "\n".join(lines) + "\n"
