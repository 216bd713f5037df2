-- Complaints derived since the sweep last looked at their alerts; append-only, like derived.dirty.
CREATE TABLE derived.unsettled (
    complaint_id  bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE derived.unsettled OWNER TO board_jobs;
-- All that have alerts are looked at once: some of them tell of deadlines that are gone or were never breached.
INSERT INTO derived.unsettled (complaint_id)
    SELECT DISTINCT complaint_id FROM journal.alert WHERE complaint_id IS NOT NULL AND withdrawn_at IS NULL;

-- One breach is one alert. Those that rang twice when the tier changed afterwards keep their rows.
UPDATE journal.alert a SET withdrawn_at = clock_timestamp()
WHERE rule IN ('breached', 'callback_overdue') AND withdrawn_at IS NULL AND EXISTS (
    SELECT FROM journal.alert b WHERE b.rule = a.rule AND b.subject = a.subject AND b.withdrawn_at IS NULL
    AND b.alert_id < a.alert_id);
CREATE UNIQUE INDEX alert_standing ON journal.alert (subject)
    WHERE rule IN ('breached', 'callback_overdue') AND withdrawn_at IS NULL;

-- A failing job raises one alert until it is over; those of before had one for each hour.
UPDATE journal.alert SET ended_at = decided_at
WHERE rule = 'job_failing' AND ended_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX IF NOT EXISTS job_run_failed ON journal.job_run (started_at) WHERE outcome = 'failed';

-- failed: the receiver refuses it, which the configuration may be to blame for. dead: given up after hours. Both
-- are kept, and sent again when a person asks for it.
ALTER TABLE journal.delivery DROP CONSTRAINT delivery_state_check;
ALTER TABLE journal.delivery ADD CONSTRAINT delivery_state_check
    CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'dead', 'cancelled'));
ALTER TABLE journal.delivery
    ADD given_up_at timestamptz,                    -- while it is failed or dead
    ADD again_at timestamptz;                       -- when a person last had it sent again
UPDATE journal.delivery SET given_up_at = created_at WHERE state = 'dead';
CREATE INDEX delivery_given_up ON journal.delivery (given_up_at) WHERE given_up_at IS NOT NULL;
GRANT UPDATE (state, attempts, next_at, given_up_at, again_at) ON journal.delivery TO board_app, board_everywhere;
