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
