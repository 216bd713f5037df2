-- Rooms: queries/intake. Which imports told again what another one had brought, so that it still stands when that
-- one is taken back. Each different content of a complaint once, like facts.statement. Only the jobs read it.
CREATE TABLE facts.told_again (
    complaint_id  bigint NOT NULL,
    what          text NOT NULL,                    -- the table of facts whose rows these are
    digest        uuid NOT NULL,                    -- of the rows
    imports       int[] NOT NULL,                   -- in the order of arrival; none: all were taken back
    told          jsonb NOT NULL,                   -- the rows
    PRIMARY KEY (complaint_id, what, digest)
) WITH (fillfactor = 85);

-- Texts and customer that a log gave with a complaint, by which imports; 0: no file.
CREATE TABLE facts.told_text (
    complaint_id  bigint NOT NULL,
    digest        uuid NOT NULL,
    imports       int[] NOT NULL,
    title         text,
    body          text,
    customer_id   bigint,
    PRIMARY KEY (complaint_id, digest)
) WITH (fillfactor = 85);

GRANT SELECT, INSERT, UPDATE ON facts.told_again, facts.told_text TO board_jobs;
ALTER TABLE facts.told_again ENABLE ROW LEVEL SECURITY;
ALTER TABLE facts.told_text ENABLE ROW LEVEL SECURITY;
CREATE POLICY jobs ON facts.told_again TO board_jobs USING (true) WITH CHECK (true);
CREATE POLICY jobs ON facts.told_text TO board_jobs USING (true) WITH CHECK (true);

-- A file that somebody dropped on the page. Its bytes lie apart and are deleted when they are no longer needed.
CREATE TABLE journal.upload (
    upload_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    upload_key    uuid NOT NULL UNIQUE,             -- chosen by the page: the same press twice is one file
    file_name     text NOT NULL,
    size          bigint NOT NULL,                  -- bytes
    sha256        text NOT NULL,
    uploaded_at   timestamptz NOT NULL,
    uploaded_by   text NOT NULL,                    -- login
    given_up_at   timestamptz,
    cleared_at    timestamptz                       -- since then its bytes are gone
);
CREATE TABLE journal.upload_chunk (
    upload_id     bigint NOT NULL REFERENCES journal.upload,
    kind          text NOT NULL CHECK (kind IN ('given', 'refused')),  -- the file, or its refused rows
    place         int NOT NULL,
    content       bytea NOT NULL CHECK (octet_length(content) <= 1048576),
    PRIMARY KEY (upload_id, kind, place)
);
ALTER TABLE journal.upload_chunk ALTER content SET STORAGE EXTERNAL;

-- What the jobs are asked to do; waiting → taken → done | failed, by compare-and-set on the claim.
CREATE TABLE journal.import_task (
    task_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_key      uuid NOT NULL UNIQUE,
    kind          text NOT NULL CHECK (kind IN ('look', 'try', 'import', 'try_take_back', 'take_back')),
    upload_id     bigint REFERENCES journal.upload,
    import_id     bigint,                           -- of a take-back
    asked_at      timestamptz NOT NULL,
    asked_by      text NOT NULL,
    given         jsonb NOT NULL DEFAULT '{}',      -- what was answered, or the reason
    attempts      int NOT NULL DEFAULT 0,
    claim         uuid,
    lease_until   timestamptz,
    phase         text,                             -- what is being done,
    share         double precision,                 -- and how much of it: 0..1
    rows_read     bigint,
    outcome       text CHECK (outcome IN ('done', 'failed')),
    found         jsonb,
    problem       text,
    ended_at      timestamptz,
    CHECK ((upload_id IS NULL) <> (import_id IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX import_task_waiting ON journal.import_task (task_id) WHERE outcome IS NULL;
CREATE INDEX import_task_upload ON journal.import_task (upload_id, task_id DESC);
CREATE INDEX import_task_import ON journal.import_task (import_id, task_id DESC) WHERE import_id IS NOT NULL;

-- Maps that were kept for next time; of a name the newest counts.
CREATE TABLE journal.source_map (
    map_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,
    body          text NOT NULL,                    -- TOML
    kept_at       timestamptz NOT NULL,
    kept_by       text NOT NULL
);
CREATE INDEX source_map_name ON journal.source_map (name, map_id DESC);

ALTER TABLE journal.import_run
    ADD asked_by          text,                     -- login; null: at the command line
    ADD upload_id         bigint,
    ADD taken_back_by     text,
    ADD taken_back_reason text;

GRANT SELECT, UPDATE (cleared_at) ON journal.upload TO board_jobs;
GRANT SELECT, DELETE ON journal.upload_chunk TO board_jobs;
GRANT INSERT ON journal.upload_chunk TO board_jobs;
GRANT SELECT, UPDATE ON journal.import_task TO board_jobs;
GRANT SELECT ON journal.source_map TO board_jobs;
GRANT SELECT, INSERT ON journal.upload, journal.upload_chunk, journal.import_task, journal.source_map
    TO board_app, board_everywhere;
GRANT UPDATE (given_up_at) ON journal.upload TO board_app, board_everywhere;

-- Administrators only, and nobody in another's name. Reads are shared by those of one role; who writes is looked up.
DO $$
DECLARE
    named text;
    author text;
    administers text := 'EXISTS (SELECT FROM facts.agent a WHERE a.login = current_setting(''app.person'', true) '
        'AND a.signs_in AND a.grade = ''administrator'' AND a.locked_at IS NULL '
        'AND coalesce(a.active_until > clock_timestamp(), true))';
BEGIN
    FOREACH named IN ARRAY ARRAY['upload', 'upload_chunk', 'import_task', 'source_map'] LOOP
        author := CASE named WHEN 'upload' THEN 'uploaded_by' WHEN 'import_task' THEN 'asked_by'
                             WHEN 'source_map' THEN 'kept_by' END;
        EXECUTE format('ALTER TABLE journal.%I ENABLE ROW LEVEL SECURITY', named);
        EXECUTE format('CREATE POLICY jobs ON journal.%I TO board_jobs USING (true) WITH CHECK (true)', named);
        EXECUTE format('CREATE POLICY administrators_read ON journal.%I FOR SELECT TO board_app, board_everywhere '
                       'USING ((SELECT current_setting(''app.role'', true)) = ''administrator'')', named);
        EXECUTE format('CREATE POLICY administrators_write ON journal.%I FOR INSERT TO board_app, board_everywhere '
                       'WITH CHECK (%s)', named, administers
                       || CASE WHEN author IS NULL THEN ''
                               ELSE ' AND ' || author || ' = current_setting(''app.person'', true)' END);
    END LOOP;
    EXECUTE 'CREATE POLICY administrators_give_up ON journal.upload FOR UPDATE TO board_app, board_everywhere '
            'USING (' || administers || ') WITH CHECK (' || administers || ')';
END $$;
