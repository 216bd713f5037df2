"""The scenes of the wall, in the order in which they turn. No name and no phone number is on any."""

from config.wall import SceneName
from dashboard.locale import _
from dashboard.parts import Scene
from dashboard.views.wall import alerts, blocking, customers, flow, now, where

SCENES: dict[SceneName, Scene] = {
    "now": Scene("now", lambda: _("Now"), now.now, now.asks),
    "where": Scene("where", lambda: _("Where"), where.where, where.asks),
    "blocking": Scene("blocking", lambda: _("Who blocks"), blocking.scene, blocking.asks),
    "flow": Scene("flow", lambda: _("Flow"), flow.flow, flow.asks),
    "customers": Scene("customers", lambda: _("Customers"), customers.customers, customers.asks),
    "alerts": Scene("alerts", lambda: _("Alerts"), alerts.scene, alerts.asks),
}
