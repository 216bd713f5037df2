-- Append-only.
CREATE TABLE journal.risk_curve (
    version       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    learned_at    timestamptz NOT NULL,
    in_force_from timestamptz,                      -- null: kept aside
    curves        bytea NOT NULL,                   -- queries/risk/curves.py
    learned_from  int NOT NULL,                     -- deadlines and callbacks
    scores        jsonb NOT NULL
);
CREATE INDEX risk_curve_in_force ON journal.risk_curve (in_force_from) WHERE in_force_from IS NOT NULL;
GRANT SELECT ON journal.risk_curve TO board_app, board_everywhere, board_jobs;
GRANT INSERT ON journal.risk_curve TO board_jobs;

-- Open deadlines and pending callbacks (target: its kind) that have a number; working state.
CREATE TABLE derived.risk (
    complaint_id  bigint NOT NULL,
    target        text NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,
    episode       smallint NOT NULL,
    p             real NOT NULL,
    k             int NOT NULL,                     -- of n similar ones, breached
    n             int NOT NULL,
    level         text NOT NULL,                    -- how similar: of LEVELS in queries/risk/groups.py
    curve_version int NOT NULL,
    computed_at   timestamptz NOT NULL,
    region_id     int,
    PRIMARY KEY (complaint_id, target, party_id, episode)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE derived.risk OWNER TO board_jobs;
GRANT SELECT ON derived.risk TO board_app, board_everywhere, board_wall;
ALTER TABLE derived.risk ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON derived.risk TO board_app
    USING (region_id = ANY (string_to_array(current_setting('app.regions', true), ',')::int[]));
CREATE POLICY everywhere ON derived.risk TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);
