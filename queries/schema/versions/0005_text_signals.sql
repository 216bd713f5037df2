-- What a complaint's text says. Read by a job of its own, so `board rebuild` leaves it as it is.
CREATE TABLE derived.text_signal (
    complaint_id  bigint PRIMARY KEY,
    key_issue     text,                             -- a code of config/lexicon.toml; null: none found
    sentiment     real CHECK (sentiment BETWEEN -1 AND 1),  -- null: there is no text
    triggers      text[] NOT NULL DEFAULT '{}',     -- the groups whose words propose tier 1,
    words         text[] NOT NULL DEFAULT '{}',     -- and at the same place the word that was found
    lexicon       text NOT NULL,                    -- what it was read by
    characters    int NOT NULL,                     -- of the text as it was read: a text that grew is read again
    is_decided    boolean NOT NULL DEFAULT false,   -- the sweep has seen whether its triggers alert somebody
    CHECK (cardinality(triggers) = cardinality(words))
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX text_signal_undecided ON derived.text_signal (complaint_id)
    WHERE cardinality(triggers) > 0 AND NOT is_decided;

-- Texts that wait to be read: appended by the door, taken by the job, newest first.
CREATE TABLE derived.unread_text (
    complaint_id  bigint NOT NULL,
    received_at   timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX unread_text_newest ON derived.unread_text (received_at DESC);

-- By which lexicon all texts are or wait to be read; one row.
CREATE TABLE derived.reading (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    lexicon       text NOT NULL
);

-- Pages ask for the complaints of a period, of the whole country or of some regions.
CREATE INDEX complaint_received ON facts.complaint (received_at);
CREATE INDEX complaint_region ON facts.complaint (region_id, received_at);

ALTER TABLE derived.text_signal OWNER TO board_jobs;
ALTER TABLE derived.unread_text OWNER TO board_jobs;
ALTER TABLE derived.reading OWNER TO board_jobs;
GRANT SELECT ON derived.text_signal, derived.reading TO board_everywhere, board_app;
-- The wall shows no texts, nor what was read from them.

ALTER TABLE derived.text_signal ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON derived.text_signal TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = text_signal.complaint_id))
    WITH CHECK (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = text_signal.complaint_id));
CREATE POLICY everywhere ON derived.text_signal TO board_everywhere, board_jobs
    USING (true) WITH CHECK (true);
