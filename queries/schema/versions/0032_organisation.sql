-- Rooms: queries/organisation*.py, queries/intake/meanings.py, queries/pages/unknown_values.py.

-- is_unknown: made of a value of a source that nobody has named yet, so that its complaints have a place.
ALTER TABLE facts.region ADD is_unknown boolean NOT NULL DEFAULT false;
ALTER TABLE facts.agent ADD is_unknown boolean NOT NULL DEFAULT false;
-- What closes keeps its row, for the history that names it. From active_until on, what a source states of a
-- merged department is stated of merged_into.
ALTER TABLE facts.department ADD is_unknown boolean NOT NULL DEFAULT false,
    ADD active_from timestamptz, ADD active_until timestamptz,
    ADD merged_into int REFERENCES facts.department,
    ADD CHECK (active_from < active_until),
    ADD CHECK (merged_into IS NULL OR active_until IS NOT NULL AND merged_into <> department_id);
ALTER TABLE facts.team ADD active_from timestamptz, ADD active_until timestamptz,
    ADD merged_into int REFERENCES facts.team,
    ADD CHECK (active_from < active_until),
    ADD CHECK (merged_into IS NULL OR active_until IS NOT NULL AND merged_into <> team_id);

-- One row a value that neither the source's map nor the organisation knew when it came.
CREATE TABLE facts.unknown_value (
    source        text NOT NULL,
    field         text NOT NULL CHECK (field IN ('department', 'region', 'owner', 'status', 'tier', 'category',
                                                 'channel', 'product')),
    value         text NOT NULL,
    complaints    int NOT NULL,                     -- that have come with it
    first_at      timestamptz NOT NULL,             -- recorded
    last_at       timestamptz NOT NULL,
    examples      text[] NOT NULL,                  -- the first numbers of complaints, at their source
    kept_at       timestamptz,                      -- somebody said: it is right as it is
    kept_by       text,
    PRIMARY KEY (source, field, value)
);
CREATE INDEX unknown_value_open ON facts.unknown_value (source) WHERE kept_at IS NULL;

-- What a value of a source means: the code of a department or region, a login, or one of the board's words.
-- The job `meanings` puts it in force (or out of force, once undone) while nothing of the source comes in, and
-- then has all that came in before follow it, complaint by complaint.
CREATE TABLE facts.value_meaning (
    meaning_id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    field         text NOT NULL,
    value         text NOT NULL,
    means         text NOT NULL,
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by       text,                             -- null: the board, since a name was the same
    undone_at     timestamptz,
    undone_by     text,
    in_force      boolean NOT NULL DEFAULT false,   -- used by the intake
    upto          bigint NOT NULL DEFAULT 0,        -- complaints up to this one follow it already
    followed      int NOT NULL DEFAULT 0,           -- how many had to be changed
    applied_at    timestamptz                       -- all follow it; null: still to be done
);
CREATE UNIQUE INDEX value_meaning_standing ON facts.value_meaning (source, field, value)
    WHERE undone_at IS NULL;
CREATE INDEX value_meaning_open ON facts.value_meaning (meaning_id) WHERE applied_at IS NULL;

-- What a log said in the source's own words, where the observation says something else or could not be made.
-- What snapshots say stands in facts.statement.
CREATE TABLE facts.source_value (
    complaint_id  bigint NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,
    field         text NOT NULL,
    happened_at   timestamptz NOT NULL,
    source_seq    bigint NOT NULL DEFAULT 0,
    value         text NOT NULL,
    import_id     int,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (complaint_id, party_id, field, happened_at, source_seq)
);
ALTER TABLE facts.source_value ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON facts.source_value TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = source_value.complaint_id));
CREATE POLICY everywhere ON facts.source_value TO board_everywhere, board_jobs USING (true) WITH CHECK (true);

GRANT SELECT ON facts.value_meaning, facts.source_value TO board_everywhere, board_app, board_jobs;
GRANT INSERT, UPDATE ON facts.unknown_value, facts.value_meaning, facts.source_value TO board_jobs;
GRANT SELECT ON facts.unknown_value TO board_everywhere, board_jobs;
-- Numbers of complaints are shown only to those who see all regions.
GRANT SELECT (source, field, value, complaints, first_at, last_at, kept_at, kept_by) ON facts.unknown_value
    TO board_app;

-- Administrators of all regions arrange the organisation on its page.
GRANT INSERT ON facts.region, facts.department, facts.team TO board_everywhere;
GRANT UPDATE (parent_id, level, name_en, name_zh, time_zone, is_unknown) ON facts.region TO board_everywhere;
GRANT UPDATE (name_en, name_zh, is_unknown, active_from, active_until, merged_into) ON facts.department
    TO board_everywhere;
GRANT UPDATE (department_id, name_en, name_zh, active_from, active_until, merged_into) ON facts.team
    TO board_everywhere;
GRANT INSERT ON facts.agent TO board_everywhere;
GRANT UPDATE (team_id, department_id, name_en, name_zh, grade, signs_in, scope_regions, active_from,
              active_until, is_unknown) ON facts.agent TO board_everywhere;
GRANT UPDATE (kept_at, kept_by) ON facts.unknown_value TO board_everywhere;
GRANT INSERT (source, field, value, means, made_at, made_by) ON facts.value_meaning TO board_everywhere;
GRANT UPDATE (undone_at, undone_by, upto, applied_at) ON facts.value_meaning TO board_everywhere;
