-- What a page or a job reads does not grow with history.
CREATE INDEX job_run_failed ON journal.job_run (started_at) WHERE outcome = 'failed';

-- What was given up or cancelled has no sent_at, and stayed in the work list for ever.
DROP INDEX journal.delivery_due;
CREATE INDEX delivery_due ON journal.delivery (next_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX delivery_undelivered ON journal.delivery (created_at) WHERE state IN ('failed', 'dead');
CREATE INDEX delivery_sent ON journal.delivery (sent_at);
CREATE INDEX delivery_listed ON journal.delivery ((sent_at IS NOT NULL), created_at DESC);

CREATE INDEX alert_listed ON journal.alert
    (array_position(ARRAY['critical', 'warning', 'info'], level), decided_at DESC, alert_id DESC);
-- Which alerts were open at an instant of the past.
CREATE INDEX alert_over ON journal.alert ((least(ended_at, withdrawn_at)));

-- Whatever a stint's status was: who has owned what of late asks for all of them.
DROP INDEX derived.stint_until;
CREATE INDEX stint_until ON derived.stint (until_at) WHERE until_at IS NOT NULL;
-- Who waited on a co-owner at an instant of the past, and which requests were open then.
CREATE INDEX stint_waiting ON derived.stint (until_at) WHERE status = 'waiting_co_owner';
CREATE INDEX request_over ON derived.co_owner_request ((least(opinion_at, ended_at)));

-- EXISTS may be planned as a hash of all alerts, so that ten deliveries cost a million; this looks each one up.
ALTER POLICY by_region ON journal.delivery
    USING ((SELECT true FROM journal.alert a WHERE a.alert_id = delivery.alert_id))
    WITH CHECK ((SELECT true FROM journal.alert a WHERE a.alert_id = delivery.alert_id));
ALTER POLICY by_region ON journal.acknowledgement
    USING ((SELECT true FROM journal.alert a WHERE a.alert_id = acknowledgement.alert_id))
    WITH CHECK ((SELECT true FROM journal.alert a WHERE a.alert_id = acknowledgement.alert_id));
