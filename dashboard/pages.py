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
from dashboard.views.co_owners import page as co_owners
from dashboard.views.complaint import forms
from dashboard.views.complaint import page as complaint
from dashboard.views.organisation import forms as organisation_forms
from dashboard.views.organisation import page as organisation
from dashboard.views.people import forms as people_forms
from dashboard.views.people import page as people
from dashboard.views.policy import page as policy
from dashboard.views.policy import try_out
from dashboard.views.problems import page as problems
from dashboard.views.risk import page as risk
from dashboard.views.risk_quality import page as risk_quality
from dashboard.views.surges import page as surges

PAGES = (
    Page("risk", lambda: _("Live risk"), ":material/timer:", risk.live, ticking=True, past=True, record=True),
    Page(
        "backlog",
        lambda: _("Backlog"),
        ":material/stacked_bar_chart:",
        backlog.live,
        past=True,
        record=True,
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
        "complaint",
        lambda: _("Complaint"),
        ":material/search:",
        complaint.live,
        forms.static,
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
