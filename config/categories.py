"""Categories of complaints as people read them. A source may bring others, which are shown as they come."""

# Code: English, Chinese.
CATEGORIES = {
    "billing_dispute": ("Billing dispute", "费用争议"),
    "slow_broadband": ("Slow broadband", "宽带速率慢"),
    "no_signal": ("No signal", "无信号"),
    "dropped_calls": ("Dropped calls", "通话掉线"),
    "installation_delay": ("Installation delay", "装机延误"),
    "plan_mis_sold": ("Plan mis-sold", "套餐误导销售"),
    "cannot_cancel": ("Cannot cancel", "无法退订"),
    "unwanted_subscription": ("Unwanted subscription", "违规订购"),
    "fraud_call": ("Fraud calls", "诈骗电话"),
    "number_suspended": ("Number suspended", "号码停机"),
    "porting_refused": ("Porting refused", "携号转网受阻"),
    "outlet_service": ("Outlet service", "营业厅服务"),
    "app_failure": ("App failure", "App 故障"),
    "enterprise_line": ("Enterprise line", "企业专线"),
    "suggestion": ("Suggestion", "建议"),
}
