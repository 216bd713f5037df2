"""The pages. One row of PAGES is one page: its file in views/ has

    def live(ctx: Context) -> None      # panels, drawn again for each version of the board
    def still(ctx: Context) -> None     # optional: forms and work lists, drawn only when the person acts

and a panel reads its rows and gives them to a function that draws them:

    panel(ctx, "runs", _("Last runs"), ctx.read(jobs.last_runs), draw_runs)
"""

from dashboard.locale import _, pgettext
from dashboard.parts import Page
from dashboard.views import alerts, backlog, callbacks, jobs, satisfaction
from dashboard.views.alert_precision import page as alert_precision
from dashboard.views.breaches import lists as breach_lists
from dashboard.views.breaches import page as breaches
from dashboard.views.co_owners import page as co_owners
from dashboard.views.complaint import forms
from dashboard.views.complaint import page as complaint
from dashboard.views.data_health import page as data_health
from dashboard.views.imports import back as imports_back
from dashboard.views.imports import drop as imports_drop
from dashboard.views.imports import page as imports
from dashboard.views.new_complaint import page as new_complaint
from dashboard.views.organisation import forms as organisation_forms
from dashboard.views.organisation import page as organisation
from dashboard.views.overview import page as overview
from dashboard.views.people import forms as people_forms
from dashboard.views.people import page as people
from dashboard.views.policy import page as policy
from dashboard.views.policy import try_out
from dashboard.views.problems import page as problems
from dashboard.views.risk import page as risk
from dashboard.views.risk_quality import page as risk_quality
from dashboard.views.surges import page as surges
from queries.organisation import ROLES

PAGES = (
    Page("overview", lambda: _("Overview"), ":material/dashboard:", overview.live, past=True),
    Page("risk", lambda: _("Live risk"), ":material/timer:", risk.live, ticking=True, past=True, record=True),
    Page(
        "backlog",
        lambda: _("Backlog"),
        ":material/stacked_bar_chart:",
        backlog.live,
        past=True,
        record=True,
    ),
    Page(
        "breaches",
        lambda: _("Breaches"),
        ":material/assignment_late:",
        breaches.live,
        breach_lists.static,
        past=True,
    ),
    Page("co_owners", lambda: _("Co-owners"), ":material/groups:", co_owners.live, past=True),
    Page("surges", lambda: _("Surges"), ":material/crisis_alert:", surges.live, filtered=False),
    Page("problems", lambda: _("Problems"), ":material/troubleshoot:", problems.live, pinned=True),
    Page(
        "risk_quality",
        lambda: _("Risk accuracy"),
        ":material/verified:",
        risk_quality.live,
        filtered=False,
    ),
    Page(
        "satisfaction",
        lambda: _("Satisfaction"),
        ":material/sentiment_satisfied:",
        satisfaction.live,
        past=True,
    ),
    Page("callbacks", lambda: _("Callbacks"), ":material/call:", callbacks.live, callbacks.static, past=True),
    Page("alerts", lambda: _("Alerts"), ":material/notifications:", alerts.live, alerts.static, past=True),
    Page(
        "alert_precision",
        lambda: _("Alert precision"),
        ":material/target:",
        alert_precision.live,
        past=True,
    ),
    Page(
        "new_complaint",
        lambda: _("New complaint"),
        ":material/add_circle:",
        new_complaint.live,
        roles=ROLES,
        filtered=False,
        header=new_complaint.header,
    ),
    Page(
        "complaint",
        lambda: _("Complaint"),
        ":material/search:",
        complaint.live,
        forms.static,
        roles=ROLES,
        filtered=False,
        header=forms.search,
    ),
    Page(
        "policy",
        lambda: _("Policy"),
        ":material/gavel:",
        policy.live,
        try_out.static,
        roles=("administrator",),
        filtered=False,
    ),
    Page(
        "people",
        lambda: pgettext("page", "People"),
        ":material/badge:",
        people.live,
        roles=("administrator",),
        filtered=False,
        header=people_forms.header,
    ),
    Page(
        "data_health",
        lambda: _("Data health"),
        ":material/monitor_heart:",
        data_health.live,
        roles=("manager", "administrator"),
        filtered=False,
    ),
    Page(
        "imports",
        lambda: pgettext("page", "Imports"),
        ":material/upload_file:",
        imports.live,
        imports_back.static,
        roles=("administrator",),
        filtered=False,
        header=imports_drop.header,
        ticking=True,
    ),
    Page(
        "organisation",
        lambda: _("Organisation"),
        ":material/account_tree:",
        organisation.live,
        roles=("administrator",),
        filtered=False,
        header=organisation_forms.header,
    ),
    Page("jobs", lambda: _("Jobs"), ":material/settings_heart:", jobs.live, filtered=False, ticking=True),
)

HOMES = {
    "scheduler": "callbacks",
    "supervisor": "risk",
    "manager": "overview",
    "administrator": "data_health",
}


def home_of(role: str) -> str:
    """The name of the page with which a role begins; of other roles, the first that they may see."""
    return HOMES.get(role) or next(page.name for page in PAGES if role in page.roles)
