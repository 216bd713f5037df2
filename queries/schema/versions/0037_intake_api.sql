-- Rooms: queries/people. Tokens of walls and keys of programs that send complaints: both are shown once.
ALTER TABLE access.wall_token RENAME TO token;
ALTER TABLE access.token
    ADD kind      text NOT NULL DEFAULT 'wall' CHECK (kind IN ('wall', 'intake')),
    ADD source    text,                             -- that a key may write, with its zone and what it reports
    ADD time_zone text,
    ADD milestones text[],
    ADD expected_every int,                         -- seconds from one word of it to the next; null: none awaited
    ADD per_second int CHECK (per_second > 0),      -- requests
    ADD CHECK (kind <> 'intake' OR (regions IS NULL AND source IS NOT NULL AND time_zone IS NOT NULL
                                    AND milestones IS NOT NULL AND per_second IS NOT NULL));
ALTER TABLE access.token ALTER kind DROP DEFAULT;
ALTER TABLE access.token RENAME CONSTRAINT wall_token_pkey TO token_pkey;
ALTER TABLE access.token RENAME CONSTRAINT wall_token_token_key TO token_token_key;
GRANT SELECT (kind, source, expected_every, per_second) ON access.token TO board_everywhere;

-- What was answered to a request with an Idempotency-Key, kept for a day.
CREATE TABLE access.intake_answer (
    client        text NOT NULL,                    -- name of the key
    key           text NOT NULL,
    body          bytea NOT NULL,                   -- SHA-256 of path and body
    accepted      int NOT NULL,
    answered_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (client, key)
);
CREATE INDEX intake_answer_at ON access.intake_answer (answered_at);

-- How often which time passed between two times at which a source brought something new (queries/intake/feeds.py).
-- Of each of the last eight weeks, which take turns: the table does not grow.
ALTER TABLE journal.feed ADD news_at timestamptz;   -- when it last did, or null: it never did live
CREATE TABLE journal.feed_gap (
    source        text NOT NULL,
    hour          smallint NOT NULL,                -- of the week, in UTC: that in which the gap ended
    place         smallint NOT NULL,                -- of the week among eight
    bucket        smallint NOT NULL,                -- eight for each doubling of the gap's seconds
    week          int NOT NULL,
    gaps          int NOT NULL,
    PRIMARY KEY (source, hour, place, bucket)
) WITH (fillfactor = 80);
-- What a live source brought that was new, by the days of its zone.
CREATE TABLE journal.feed_day (
    source        text NOT NULL,
    day           date NOT NULL,
    complaints    int NOT NULL,
    observations  int NOT NULL,
    PRIMARY KEY (source, day)
) WITH (fillfactor = 80);
GRANT SELECT ON journal.feed_gap, journal.feed_day TO board_everywhere, board_app, board_wall, board_jobs;
GRANT INSERT, UPDATE ON journal.feed_gap, journal.feed_day TO board_jobs;

-- What the page of data health counts.
CREATE INDEX complaint_vanished ON facts.complaint (vanished_at) WHERE vanished_at IS NOT NULL;
CREATE INDEX alert_withdrawn ON journal.alert (withdrawn_at) WHERE withdrawn_at IS NOT NULL;
CREATE INDEX deadline_provisional ON derived.deadline (due_at)
    WHERE met_at IS NULL AND cancelled_at IS NULL AND provisional;

-- board_intake brings facts for the programs that send them, and reads no page's numbers. It never signs in: the
-- server of the pages becomes it, which itself may not read what stands in facts.customer_pii.
GRANT USAGE ON SCHEMA facts, derived, journal, access TO board_intake;
GRANT SELECT, INSERT, UPDATE ON facts.source, facts.region, facts.department, facts.agent, facts.customer,
    facts.complaint_ref, facts.complaint, facts.complaint_event, facts.co_owner_request, facts.survey,
    facts.survey_answer, facts.callback_attempt, facts.callback_booking, facts.statement, facts.unknown_value,
    facts.value_meaning, facts.source_value, journal.feed, journal.feed_gap, journal.feed_day TO board_intake;
GRANT SELECT ON facts.complete_export, facts.absence, derived.text_signal, journal.clock TO board_intake;
GRANT INSERT ON derived.dirty, derived.unread_text TO board_intake;
GRANT SELECT, INSERT ON derived.upcoming TO board_intake;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA facts TO board_intake;
GRANT SELECT ON access.token TO board_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON access.intake_answer TO board_intake;

DO $$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY ARRAY[
        'facts.customer', 'facts.complaint', 'facts.complaint_event', 'facts.co_owner_request', 'facts.survey',
        'facts.survey_answer', 'facts.callback_attempt', 'facts.callback_booking', 'facts.statement',
        'facts.absence', 'facts.source_value', 'derived.upcoming', 'derived.text_signal']
    LOOP
        IF (SELECT relrowsecurity FROM pg_class WHERE oid = named::regclass) THEN
            EXECUTE format('CREATE POLICY intake ON %s TO board_intake USING (true) WITH CHECK (true)', named);
        END IF;
    END LOOP;
    -- A role that shows a kind of token reads no other.
    ALTER TABLE access.token ENABLE ROW LEVEL SECURITY;
    CREATE POLICY people ON access.token TO board_app, board_everywhere USING (true) WITH CHECK (true);
    CREATE POLICY wall ON access.token TO board_wall USING (kind = 'wall');
    CREATE POLICY intake ON access.token TO board_intake USING (kind = 'intake');
END $$;

-- Names, numbers and addresses are written through this by those who may not read them.
CREATE FUNCTION facts.keep_personal(ids bigint[], names text[], phones text[], addresses text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO facts.customer_pii AS known (customer_id, name, phone, address)
    SELECT * FROM unnest(ids, names, phones, addresses)
    ON CONFLICT (customer_id) DO UPDATE
    SET name = EXCLUDED.name, phone = EXCLUDED.phone, address = EXCLUDED.address
    WHERE (known.name, known.phone, known.address)
        IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.phone, EXCLUDED.address)
$$;
REVOKE ALL ON FUNCTION facts.keep_personal(bigint[], text[], text[], text[]) FROM public;
GRANT EXECUTE ON FUNCTION facts.keep_personal(bigint[], text[], text[], text[]) TO board_intake, board_jobs;
