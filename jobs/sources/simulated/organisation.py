"""The simulated operator: its regions, departments, teams, agents and the people who sign in."""

from dataclasses import dataclass

from jobs.sources.simulated.cities import PROVINCES
from queries.organisation import AgentRow, DepartmentRow, OrganisationRows, RegionRow, TeamRow

# code, English, Chinese, agents
DEPARTMENTS = (
    ("CARE", "Customer Care", "客户服务部", 110),
    ("NETOPS", "Network Operations", "网络运维部", 70),
    ("BROADBAND", "Broadband Service", "宽带装维部", 80),
    ("BILLING", "Billing", "计费账务部", 60),
    ("PLANS", "Mobile Plans", "移动套餐部", 60),
    ("OUTLETS", "Retail Outlets", "营业厅管理部", 50),
    ("VAS", "Value-added Services", "增值业务部", 40),
    ("FRAUD", "Fraud and Safety", "反诈与安全部", 30),
    ("ENTERPRISE", "Enterprise Accounts", "政企客户部", 35),
    ("PORTING", "Number Portability", "携号转网组", 25),
    ("IT", "IT Systems", "信息技术部", 25),
    ("LEGAL", "Legal and Regulatory", "法务合规部", 15),
)

# category, department that leads, department often asked, weight, English title, Chinese title, outage-prone
CATEGORIES = (
    ("billing_dispute", "BILLING", "IT", 15, "Charged twice this month", "本月话费重复扣费"),
    (
        "slow_broadband",
        "BROADBAND",
        "NETOPS",
        12,
        "Broadband far below the speed paid for",
        "宽带速率远低于签约带宽",
    ),
    ("no_signal", "NETOPS", "BROADBAND", 11, "No mobile signal at home", "家中手机无信号"),
    ("dropped_calls", "NETOPS", "IT", 6, "Calls drop after a minute", "通话一分钟后掉线"),
    ("installation_delay", "BROADBAND", "OUTLETS", 9, "Installer did not come", "装机师傅未按约上门"),
    ("plan_mis_sold", "PLANS", "OUTLETS", 9, "Plan is not what was promised", "办理套餐与承诺不符"),
    ("cannot_cancel", "PLANS", "CARE", 6, "Cannot cancel the plan", "套餐无法退订"),
    (
        "unwanted_subscription",
        "VAS",
        "BILLING",
        8,
        "Subscription that I never ordered",
        "未订购却被开通增值业务",
    ),
    ("fraud_call", "FRAUD", "LEGAL", 4, "Repeated fraud calls", "频繁接到诈骗电话"),
    ("number_suspended", "FRAUD", "CARE", 4, "Number suspended without notice", "号码无故被停机"),
    ("porting_refused", "PORTING", "LEGAL", 3, "Porting out is refused", "携号转网被拒"),
    ("outlet_service", "OUTLETS", "CARE", 4, "Rude service at the outlet", "营业厅服务态度差"),
    ("app_failure", "IT", "CARE", 4, "App does not log in", "手机客户端无法登录"),
    ("enterprise_line", "ENTERPRISE", "NETOPS", 3, "Company line is down", "企业专线中断"),
    ("suggestion", "CARE", "PLANS", 2, "A suggestion for the service", "服务改进建议"),
)

CHANNEL_WEIGHTS = (46, 18, 6, 13, 8, 6, 3)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰春梅建国志文俊杰佳怡子涵宇轩欣妍思远"
PINYIN = "Wang,Li,Zhang,Liu,Chen,Yang,Zhao,Huang,Zhou,Wu,Xu,Sun,Hu,Zhu,Gao,Lin,He,Guo,Ma,Luo".split(",")  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Operator:
    rows: OrganisationRows
    cities: list[str]  # codes
    city_weights: list[float]
    province_of: dict[str, int]  # city code → index of its province
    agents_of: dict[str, list[str]]  # department → logins


def operator() -> Operator:
    regions: list[RegionRow] = []
    cities: list[str] = []
    weights: list[float] = []
    province_of: dict[str, int] = {}
    for index, line in enumerate(PROVINCES.strip().splitlines()):
        code, english, chinese, share, names = line.split("|")
        zone = "Asia/Shanghai"
        regions.append(RegionRow(code, None, "province", english, chinese, zone))
        listed = names.split(",")
        parts = [1 / (rank + 1.5) for rank in range(len(listed))]
        for number, name in enumerate(listed):
            city_en, city_zh = name.rsplit(" ", 1)
            city = f"{code}-{number + 1:02d}"
            regions.append(RegionRow(city, code, "city", city_en, city_zh, zone))
            cities.append(city)
            weights.append(float(share) * parts[number] / sum(parts))
            province_of[city] = index
    total = sum(weights)
    agents, agents_of, teams = _staff()
    departments = [DepartmentRow(code, english, chinese) for code, english, chinese, _ in DEPARTMENTS]
    rows = OrganisationRows(regions, departments, teams, [*agents, *_people()])
    return Operator(rows, cities, [w / total for w in weights], province_of, agents_of)


def _name(number: int) -> tuple[str, str]:
    surname = number * 7 % len(PINYIN)
    given = GIVEN[number * 13 % len(GIVEN)] + (GIVEN[number * 29 % len(GIVEN)] if number % 3 else "")
    return f"{PINYIN[surname]} {chr(65 + number % 26)}{number:03d}", SURNAMES[surname] + given


def _staff() -> tuple[list[AgentRow], dict[str, list[str]], list[TeamRow]]:
    agents: list[AgentRow] = []
    agents_of: dict[str, list[str]] = {}
    teams: list[TeamRow] = []
    for code, english, chinese, size in DEPARTMENTS:
        for team in range(max(1, size // 20)):
            name = f"{code}-{team + 1}"
            teams.append(TeamRow(name, code, f"{english} {team + 1}", f"{chinese}{team + 1}组"))
        for number in range(size):
            login = f"{code.lower()}{number + 1:03d}"
            english_name, chinese_name = _name(len(agents) + 1)
            team_code = f"{code}-{number // 20 % max(1, size // 20) + 1}"
            grade = "team_lead" if number % 20 == 0 else "senior" if number % 4 == 1 else "agent"
            agents.append(AgentRow(login, team_code, code, english_name, chinese_name, grade))
            agents_of.setdefault(code, []).append(login)
    return agents, agents_of, teams


def _people() -> list[AgentRow]:
    def person(login: str, en: str, zh: str, grade: str, regions: tuple[str, ...] | None = None) -> AgentRow:
        return AgentRow(login, None, "CARE", en, zh, grade, signs_in=True, scope_regions=regions)

    return [
        person("supervisor", "Zhou Min", "周敏", "supervisor"),
        person("manager", "Lin Jianhua", "林建华", "manager", ("GD", "FJ")),
        person("scheduler", "He Yan", "何燕", "scheduler"),
        person("administrator", "Xu Wen", "徐文", "administrator"),
        person("agent", "Li Na", "李娜", "agent", ("GD", "FJ")),
    ]
