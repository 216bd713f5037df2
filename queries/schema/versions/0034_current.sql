-- Changes that sources state before they happen, such as the planned end of a wait. A row is gone when its
-- instant has come and facts.complaint has taken the change; board rebuild leaves the table as it is.
CREATE TABLE derived.upcoming (
    complaint_id  bigint NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, at)
);
CREATE INDEX upcoming_at ON derived.upcoming (at);
INSERT INTO derived.upcoming (complaint_id, at)
SELECT DISTINCT complaint_id, happened_at FROM facts.complaint_event
WHERE happened_at > clock_timestamp() AND party_id = 0 AND retracted_at IS NULL;

GRANT SELECT ON derived.upcoming TO board_everywhere, board_app, board_wall, board_jobs;
GRANT INSERT, DELETE ON derived.upcoming TO board_jobs;
ALTER TABLE derived.upcoming ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON derived.upcoming TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = upcoming.complaint_id));
CREATE POLICY everywhere ON derived.upcoming TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);

-- One that was merged into another is no complaint of its own in what was received and resolved.
ALTER TABLE derived.milestone ADD merged boolean NOT NULL DEFAULT false;
INSERT INTO derived.dirty (complaint_id) SELECT complaint_id FROM facts.complaint WHERE parent_id IS NOT NULL;
CREATE OR REPLACE VIEW derived.flow WITH (security_invoker = true) AS
SELECT complaint_id, happened_at AS at, milestone AS flow, region_id, department_id, tier, channel,
       NULL::float AS score, NULL::smallint AS nps
FROM derived.milestone WHERE milestone IN ('received', 'resolved') AND NOT merged
UNION ALL
SELECT complaint_id, from_at, 'entered', region_id, department_id, tier, channel, NULL, NULL
FROM derived.stint WHERE counts_as_open
UNION ALL
SELECT complaint_id, until_at, 'departed', region_id, department_id, tier, channel, NULL, NULL
FROM derived.stint WHERE counts_as_open AND until_at IS NOT NULL
UNION ALL
SELECT complaint_id, due_at, CASE WHEN coalesce(met_at, cancelled_at) <= due_at THEN 'due' ELSE 'breached' END,
       region_id, department_id, tier, channel, NULL, NULL
FROM derived.deadline WHERE due_at IS NOT NULL AND (cancelled_at IS NULL OR cancelled_at > due_at)
UNION ALL
SELECT complaint_id, sent_at, 'sent', region_id, department_id, tier, channel, NULL, NULL FROM derived.survey
UNION ALL
SELECT complaint_id, answered_at, 'answered', region_id, department_id, tier, channel, score, nps
FROM derived.survey WHERE answered_at IS NOT NULL;
