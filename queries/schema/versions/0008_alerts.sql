-- Alerts by when they were decided: what became of those of a period.
CREATE INDEX alert_decided ON journal.alert (decided_at);
