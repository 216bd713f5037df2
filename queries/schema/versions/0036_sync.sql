-- Rooms: queries/intake. One row a map with [database] or [folder]; it holds nothing that stands at the source.
CREATE TABLE journal.sync (
    sync_id       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject       text NOT NULL UNIQUE,             -- the name of the map
    source        text,                             -- null: the map could never be read
    kind          text NOT NULL CHECK (kind IN ('database', 'folder')),
    is_current    boolean NOT NULL DEFAULT true,    -- whether there still is such a map
    expected_every int NOT NULL,                    -- seconds from one poll to the next
    map_digest    uuid,                             -- of the map by which all known rows were read
    columns       jsonb,                            -- of the query: name → kind of value
    read_to       timestamptz,                      -- everything that was changed before is read
    polled_at     timestamptz,                      -- the last poll that succeeded
    compared_at   timestamptz,                      -- the last comparison of all rows that succeeded
    taken_at      timestamptz,                      -- when a row was last new or changed
    next_poll_at  timestamptz NOT NULL DEFAULT '-infinity',
    next_compare_at timestamptz NOT NULL DEFAULT '-infinity',
    rows_read     bigint NOT NULL DEFAULT 0,        -- by the last poll
    rows_taken    bigint NOT NULL DEFAULT 0,        -- new or changed ones, ever
    rows_known    bigint NOT NULL DEFAULT 0,        -- rows of the source when it was last compared
    rows_missed   bigint NOT NULL DEFAULT 0,        -- what the last comparison found: that no poll had read,
    rows_unstamped bigint NOT NULL DEFAULT 0,       -- changed without its stamp,
    rows_gone     bigint NOT NULL DEFAULT 0,        -- no longer there
    failures      int NOT NULL DEFAULT 0,           -- polls in a row
    failing_since timestamptz,
    error_kind    text,                             -- away, slow, schema, rights, setup, gone, file, board
    error         text,                             -- a sentence, without values
    compare_failures int NOT NULL DEFAULT 0,        -- comparisons in a row
    compare_failing_since timestamptz,
    compare_error_kind text,
    compare_error text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- What is known of each row of a database that is polled; it goes when the row is gone.
CREATE TABLE journal.sync_row (
    sync_id       int NOT NULL REFERENCES journal.sync,
    key           text COLLATE "C" NOT NULL,
    hash          uuid NOT NULL,                    -- of its cells
    seen_at       timestamptz NOT NULL,             -- when it was last read as new or changed
    stated_at     timestamptz,                      -- of which instant it tells; null: nothing was taken
    number        text,                             -- of its complaint, where that is not the key
    problem       text,                             -- why it was refused or kept in part, without values
    PRIMARY KEY (sync_id, key)
) WITH (fillfactor = 90);
CREATE INDEX sync_row_problem ON journal.sync_row (sync_id) WHERE problem IS NOT NULL;

-- Complaints that a comparison with their source's table did not find there.
CREATE TABLE facts.absence (
    complaint_id  bigint NOT NULL,
    missed_at     timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (complaint_id, missed_at)
);

GRANT SELECT ON journal.sync TO board_app, board_everywhere, board_jobs;
GRANT INSERT, UPDATE ON journal.sync TO board_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON journal.sync_row TO board_jobs;
-- How many rows were refused, and why; not which.
GRANT SELECT (sync_id, seen_at, problem) ON journal.sync_row TO board_app, board_everywhere;
GRANT USAGE ON SEQUENCE journal.sync_sync_id_seq TO board_jobs;
GRANT SELECT ON facts.absence TO board_app, board_everywhere, board_jobs;
GRANT INSERT ON facts.absence TO board_jobs;
ALTER TABLE facts.absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON facts.absence TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = absence.complaint_id));
CREATE POLICY everywhere ON facts.absence TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);
