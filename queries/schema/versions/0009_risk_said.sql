-- Append-only: numbers as they were shown, some of each hour (queries/risk/forecast_log.py).
CREATE TABLE journal.risk_said (
    hour          timestamptz NOT NULL,             -- the full hour, of the board's clock
    complaint_id  bigint NOT NULL,
    target        text NOT NULL,                    -- of a deadline, or the kind of a callback
    party_id      bigint NOT NULL,
    episode       smallint NOT NULL,
    asked_at      timestamptz NOT NULL,
    due_at        timestamptz,                      -- as it was then; null: paused
    p             real NOT NULL,
    k             int NOT NULL,
    n             int NOT NULL,
    level         text NOT NULL,
    tier          smallint,
    department_id int,
    region_id     int,
    curve_version int NOT NULL,
    PRIMARY KEY (hour, complaint_id, target, party_id, episode)
);
CREATE INDEX risk_said_due ON journal.risk_said (due_at);
GRANT SELECT ON journal.risk_said TO board_app, board_everywhere, board_jobs;
GRANT INSERT ON journal.risk_said TO board_jobs;
ALTER TABLE journal.risk_said ENABLE ROW LEVEL SECURITY;
CREATE POLICY everywhere ON journal.risk_said TO board_everywhere, board_jobs USING (true) WITH CHECK (true);
CREATE POLICY by_region ON journal.risk_said TO board_app
    USING (region_id = ANY ((SELECT string_to_array(current_setting('app.regions', true), ',')::int[])::int[]));
