"""What simulated customers write: what happened, how they feel, and sometimes a threat."""

# category → what happened; one is chosen
HAPPENED = {
    "billing_dispute": (
        "查了账单，同一笔费用扣了两次。",
        "话费比上个月多了五十多元，客服说不清原因。",
        "要求退还多扣的钱。",
    ),
    "slow_broadband": (
        "签约五百兆，晚上测速只有八十多。",
        "看视频一直转圈，打游戏延迟很高。",
        "重启光猫也没有用。",
    ),
    "no_signal": ("在屋里接不到电话，只能到阳台去打。", "手机一格信号都没有。", "整栋楼都没有信号。"),
    "dropped_calls": ("打电话说一分钟就掉，对方听不清。", "通话断断续续，有杂音。"),
    "installation_delay": (
        "约好上午装机，等了一天师傅没来。",
        "预约改了两次还没人上门。",
        "移机申请一周了没人联系。",
    ),
    "plan_mis_sold": (
        "办理时说不限量，用了一半就限速。",
        "推销员口头承诺的优惠没有到账。",
        "合约期当时根本没有说。",
    ),
    "cannot_cancel": ("退订了三次，次月照样扣费。", "销户要求本人到场，跑了两趟都不给办。"),
    "unwanted_subscription": ("从未订购却每月被扣增值业务费。", "没有收到任何确认短信就被开通了会员。"),
    "fraud_call": ("一天十几个骚扰电话。", "对方冒充客服，能说出我的套餐。", "屏蔽了又换号打来。"),
    "number_suspended": ("号码突然停机，提示涉诈。", "实名认证办完了还是单向停机。"),
    "porting_refused": ("查询说有在网协议，我没有签过。", "系统一直提示不符合转网条件。"),
    "outlet_service": ("排队两小时，窗口只开一个。", "营业员爱理不理，问两句就不耐烦。"),
    "app_failure": ("一直提示验证码错误。", "点进去就闪退，账单也查不了。"),
    "enterprise_line": ("公司业务中断四小时。", "报修以后没有人联系。"),
    "suggestion": ("建议增加老年人专属套餐。", "希望能把账单写得更清楚。"),
}
FEELINGS = (
    (0.55, "希望尽快处理。"),
    (0.68, "请核实后回复，谢谢。"),
    (0.82, "多次反映未解决，要求答复！"),
    (0.92, "太差了，每次都是推诿！"),
    (1.0, "简直是欺骗消费者，非常气愤！"),
)
THREATS = ("再不处理就向工信部投诉。", "不给答复我就打12315。", "我会找媒体曝光你们。", "律师函过几天就到。")
DANGERS = {
    "installation_delay": "线路从楼道垂下来，裸露着，有安全隐患。",
    "slow_broadband": "光猫发烫冒烟，差点着火。",
    "no_signal": "老人发病时打不了120，谁负责？",
}
THREATENING, ENDANGERED = 0.018, 0.006  # shares of complaints


def body(category: str, title: str, draw: float) -> str:
    """`draw` 0..1 gives the mood; its later digits, which are as random, the sentences."""
    mood = next(words for edge, words in FEELINGS if draw <= edge)
    happened = HAPPENED[category]
    digits = draw * 1_000 % 1
    parts = [title, "。", happened[int(digits * len(happened))], mood]
    rare = draw * 1_000_000 % 1
    if rare < ENDANGERED and category in DANGERS:
        parts.append(DANGERS[category])
    elif rare < THREATENING and category != "suggestion":
        parts.append(THREATS[int(digits * 100 % 1 * len(THREATS))])
    return "".join(parts)
