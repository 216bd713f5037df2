"""Fields and values of sources as people call them."""

from dashboard.controls import names
from dashboard.locale import _, pgettext
from dashboard.locale.shown import name
from dashboard.parts import Context
from dashboard.reads import reads
from queries.pages import unknown_values


def field_name(field: str) -> str:
    labels = {
        "department": _("Department"),
        "region": _("Region"),
        "owner": pgettext("organisation", "Person"),
        "status": _("Status"),
        "tier": _("Tier"),
        "category": _("Category"),
        "channel": _("Channel"),
        "product": _("Product"),
    }
    return labels[field]


def meant(ctx: Context, field: str, code: str) -> str:
    """What a code stands for."""
    if field in ("department", "region", "owner"):
        rows = reads().read(ctx.scope, ctx.moment.to_minute(), unknown_values.choices, field).rows or ()
        return next((name(one) for one in rows if one.code == code), code)
    return word(field, code)


def word(field: str, code: str) -> str:
    if field == "tier":
        return names.tier(int(code)) if code.isdecimal() else code
    labels = {"status": names.status, "category": names.category, "channel": names.channel}
    return labels[field](code) if field in labels else code
