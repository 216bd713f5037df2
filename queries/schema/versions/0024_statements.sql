-- In the order of the alphabet, by which derived rows are sorted.
ALTER TYPE facts.observed ADD VALUE 'parent' BEFORE 'plan';
ALTER TYPE facts.observed ADD VALUE 'vanished' BEFORE 'verification_started';

-- A correction leaves the corrected row and says when it stopped to count. Only what counts is unique, so that
-- what was taken back can be stated again.
DO $$
DECLARE
    named text;
    keys text;
BEGIN
    FOREACH named IN ARRAY ARRAY['complaint_event', 'survey', 'survey_answer', 'callback_attempt',
                                 'callback_booking'] LOOP
        EXECUTE format('ALTER TABLE facts.%I ADD stated_at timestamptz, ADD retracted_at timestamptz, '
                       'ADD import_id int', named);
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY place) INTO keys
        FROM pg_index, unnest(indkey) WITH ORDINALITY k (number, place), pg_attribute
        WHERE indexrelid = format('facts.%s_pkey', named)::regclass
          AND attrelid = indrelid AND attnum = number;
        EXECUTE format('ALTER TABLE facts.%I DROP CONSTRAINT %I', named, named || '_pkey');
        EXECUTE format('CREATE UNIQUE INDEX %I ON facts.%I (%s) WHERE retracted_at IS NULL',
                       named || '_standing', named, keys);
        EXECUTE format('CREATE INDEX %I ON facts.%I (complaint_id) WHERE retracted_at IS NOT NULL',
                       named || '_retracted', named);
    END LOOP;
END $$;
COMMENT ON COLUMN facts.complaint_event.stated_at IS
    'of a snapshot: the instant of the statement that it follows from; null: of a log, stated as it happened';

ALTER TABLE facts.complaint
    ADD stated_at  timestamptz,                     -- since when its newest content is stated; null: a log's
    ADD details    jsonb,                           -- 5W1H and demand
    ADD parent_id  bigint,                          -- merged into this complaint
    ADD vanished_at timestamptz;                    -- missing from a complete export of then
CREATE INDEX complaint_parent ON facts.complaint (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX complaint_stated ON facts.complaint (source) WHERE stated_at IS NOT NULL;
GRANT UPDATE (parent_id, vanished_at) ON facts.complaint TO board_app, board_everywhere;

-- What a source stated of a complaint, each different content once, with the instants at which it was stated.
CREATE TABLE facts.statement (
    complaint_id  bigint NOT NULL,
    digest        uuid NOT NULL,                    -- of the cells
    last_at       timestamptz,                      -- the latest instant; null: all were taken back
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    stated        timestamptz[] NOT NULL,           -- the instants, in the order of arrival; with each of them
    turns         int[] NOT NULL,                   -- its turn among the statements of that instant, from 1,
    imports       int[] NOT NULL,                   -- and the import that brought it, 0: no file
    cells         jsonb NOT NULL,                   -- key → [value, instant], queries/intake/staging.py
    PRIMARY KEY (complaint_id, digest)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- Exports that held all complaints of their source: what is missing had vanished then.
CREATE TABLE facts.complete_export (
    source        text NOT NULL,
    stated_at     timestamptz NOT NULL,
    import_id     int,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    retracted_at  timestamptz
);
CREATE UNIQUE INDEX complete_export_standing ON facts.complete_export (source, stated_at)
    WHERE retracted_at IS NULL;

GRANT SELECT ON facts.statement, facts.complete_export TO board_everywhere, board_app, board_jobs;
GRANT INSERT, UPDATE ON facts.statement, facts.complete_export TO board_jobs;
ALTER TABLE facts.statement ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON facts.statement TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = statement.complaint_id));
CREATE POLICY everywhere ON facts.statement TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);

ALTER TABLE journal.import_run
    ADD rows_kept  int NOT NULL DEFAULT 0,          -- without a value that could not be read
    ADD found      text,                            -- how the file was written: encoding, separator
    ADD reasons    jsonb,                           -- why values were left out and rows refused
    ADD as_of      timestamptz;                     -- the instant of its statements, where all have one
ALTER TABLE journal.import_run DROP CONSTRAINT import_run_outcome_check;
ALTER TABLE journal.import_run ADD CONSTRAINT import_run_outcome_check
    CHECK (outcome IN ('done', 'failed', 'interrupted'));

-- Of customers with several numbers: their hashes, with blanks between.
CREATE INDEX customer_phones ON facts.customer USING gin (string_to_array(phone_hash, ' '))
    WHERE phone_hash LIKE '% %';
