-- Runs of one job and process that succeed one after another share a row (queries/jobs.py).
ALTER TABLE journal.job_run
    ADD COLUMN last_at timestamptz,                 -- when the last of them began
    ADD COLUMN runs int NOT NULL DEFAULT 1,
    ADD COLUMN longest double precision NOT NULL DEFAULT 0;  -- seconds
UPDATE journal.job_run SET last_at = started_at,
    longest = coalesce(date_part('epoch', finished_at - started_at), 0);
ALTER TABLE journal.job_run ALTER COLUMN last_at SET NOT NULL;
ALTER TABLE journal.job_run SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

-- Every minute that was looked at; a province has a row in board_sample only where one of its numbers changed.
-- Append-only, as the samples themselves.
CREATE TABLE journal.sampled_minute (
    sampled_at    timestamptz PRIMARY KEY,          -- the full minute
    shown_at      timestamptz NOT NULL,             -- some seconds later
    version       bigint NOT NULL
);
INSERT INTO journal.sampled_minute (sampled_at, shown_at, version)
SELECT sampled_at, min(shown_at), min(version) FROM journal.board_sample GROUP BY sampled_at ORDER BY sampled_at;

CREATE TABLE journal.board_sample_changed (
    region_id     int NOT NULL,                     -- a province; 0: no region known
    sampled_at    timestamptz NOT NULL,             -- from this minute on, until the next row of the province
    open_complaints int NOT NULL,
    follow_up     int NOT NULL,
    due_soon      int NOT NULL,
    breached      int NOT NULL,
    requests_open int NOT NULL,
    requests_overdue int NOT NULL,
    callbacks_due int NOT NULL,
    PRIMARY KEY (region_id, sampled_at)
);
INSERT INTO journal.board_sample_changed
SELECT region_id, sampled_at, open_complaints, follow_up, due_soon, breached, requests_open, requests_overdue,
       callbacks_due
FROM (SELECT *, lag(ROW (open_complaints, follow_up, due_soon, breached, requests_open, requests_overdue,
                         callbacks_due)) OVER (PARTITION BY region_id ORDER BY sampled_at)
          IS NOT DISTINCT FROM ROW (open_complaints, follow_up, due_soon, breached, requests_open,
                                    requests_overdue, callbacks_due) AS repeated
      FROM journal.board_sample) s
WHERE NOT repeated ORDER BY sampled_at, region_id;
DROP TABLE journal.board_sample;
ALTER TABLE journal.board_sample_changed RENAME TO board_sample;
ALTER INDEX journal.board_sample_changed_pkey RENAME TO board_sample_pkey;
GRANT SELECT ON journal.board_sample, journal.sampled_minute
    TO board_everywhere, board_app, board_wall, board_jobs;
GRANT INSERT ON journal.board_sample, journal.sampled_minute TO board_jobs;
ALTER TABLE journal.board_sample ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON journal.board_sample TO board_app
    USING (region_id = ANY ((SELECT string_to_array(current_setting('app.regions', true), ',')::int[])::int[]));
CREATE POLICY everywhere ON journal.board_sample TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);

-- The only way to delete from the journal, and only what describes the board's own running: nobody may DELETE.
-- What is younger than a day is refused whatever the policy says. most = 0 counts and deletes nothing.
CREATE FUNCTION journal.purge(what text, before timestamptz, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    old text := CASE what
        -- The newest run of a job stays, the page shows it.
        WHEN 'job_run' THEN 'o.last_at < $1 AND EXISTS (SELECT FROM journal.job_run n WHERE n.job = o.job '
                            'AND n.started_at > o.started_at)'
        WHEN 'process' THEN 'o.beat_at < $1'
        WHEN 'import_run' THEN 'o.started_at < $1 AND EXISTS (SELECT FROM journal.import_run n '
                               'WHERE n.source = o.source AND n.import_id > o.import_id)'
        WHEN 'delivery' THEN 'o.created_at < $1 AND o.state IN (''sent'', ''dead'', ''cancelled'')'
        WHEN 'sampled_minute' THEN 'o.sampled_at < $1'
        -- The last row of a province before that instant holds from then on.
        WHEN 'board_sample' THEN 'o.sampled_at < $1 AND EXISTS (SELECT FROM journal.board_sample n '
                                 'WHERE n.region_id = o.region_id AND n.sampled_at > o.sampled_at '
                                 'AND n.sampled_at <= $1)'
        WHEN 'risk_said' THEN 'o.hour < $1'
    END;
    found bigint;
BEGIN
    IF old IS NULL OR before > clock_timestamp() - interval '1 day' THEN
        RAISE EXCEPTION 'this is never purged' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF most = 0 THEN
        EXECUTE format('SELECT count(*) FROM journal.%I o WHERE %s', what, old) INTO found USING before;
        RETURN found;
    END IF;
    EXECUTE format('DELETE FROM journal.%1$I WHERE ctid = ANY (ARRAY (SELECT o.ctid FROM journal.%1$I o '
                   'WHERE %2$s LIMIT $2 FOR UPDATE SKIP LOCKED))', what, old) USING before, most;
    GET DIAGNOSTICS found = ROW_COUNT;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION journal.purge(text, timestamptz, int) FROM public;
GRANT EXECUTE ON FUNCTION journal.purge(text, timestamptz, int) TO board_jobs;
-- Deliveries lie in the order in which they were made.
CREATE INDEX delivery_created ON journal.delivery USING brin (created_at);

-- Observations: the words of the key as numbers, of one width, in the order in which they are read. The names of
-- both types stand in alphabetical order, by which derived rows have always been sorted.
CREATE TYPE facts.observed AS ENUM (
    'answered', 'cancelled', 'category', 'channel', 'department', 'feedback', 'first_contact', 'opinion', 'owner',
    'plan', 'product', 'promised', 'received', 'region', 'requested', 'responded', 'status', 'tier',
    'verification_started');
CREATE TYPE facts.origin AS ENUM ('board', 'person', 'source');
CREATE TABLE facts.complaint_event_narrow (
    complaint_id  bigint NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,        -- 0 for the complaint itself, else the co-owner request it is about
    happened_at   timestamptz NOT NULL,
    source_seq    bigint NOT NULL DEFAULT 0,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    field         facts.observed NOT NULL,
    origin        facts.origin NOT NULL DEFAULT 'source',
    agent_id      int,
    value         text
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
INSERT INTO facts.complaint_event_narrow (complaint_id, party_id, happened_at, source_seq, recorded_at, field,
                                          origin, agent_id, value)
SELECT complaint_id, party_id, happened_at, source_seq, recorded_at, field::facts.observed, origin::facts.origin,
       agent_id, value
FROM facts.complaint_event ORDER BY complaint_id, recorded_at;
DROP TABLE facts.complaint_event;
ALTER TABLE facts.complaint_event_narrow RENAME TO complaint_event;
ALTER TABLE facts.complaint_event ADD CONSTRAINT complaint_event_pkey
    PRIMARY KEY (complaint_id, party_id, field, origin, happened_at, source_seq);
GRANT SELECT ON facts.complaint_event TO board_everywhere, board_app, board_jobs;
GRANT INSERT ON facts.complaint_event TO board_app, board_everywhere;
GRANT INSERT, UPDATE ON facts.complaint_event TO board_jobs;
ALTER TABLE facts.complaint_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON facts.complaint_event TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = complaint_event.complaint_id))
    WITH CHECK (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = complaint_event.complaint_id));
CREATE POLICY everywhere ON facts.complaint_event TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);

-- Roll-ups of a day: what no page reads goes, and surveys, which alone are told apart by channel, stand alone.
DROP TABLE derived.daily_response;
CREATE TABLE derived.daily_survey (
    day           date NOT NULL,
    region_id     int NOT NULL,
    department_id int NOT NULL,
    tier          smallint NOT NULL,
    nps_answers   smallint NOT NULL,
    promoters     smallint NOT NULL,
    detractors    smallint NOT NULL,
    sent          int NOT NULL,
    answers       int NOT NULL,
    score_sum     double precision NOT NULL,
    channel       text NOT NULL,                    -- of the complaint
    PRIMARY KEY (day, region_id, department_id, tier, channel)
) WITH (autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO derived.daily_survey (day, region_id, department_id, tier, nps_answers, promoters, detractors, sent,
                                  answers, score_sum, channel)
SELECT day, region_id, department_id, tier, nps_answers, promoters, detractors, surveys_sent, answers, score_sum,
       channel
FROM derived.daily WHERE surveys_sent > 0 OR answers > 0 ORDER BY day, region_id;
CREATE TABLE derived.daily_narrow (
    day           date NOT NULL,
    region_id     int NOT NULL,
    department_id int NOT NULL,
    tier          smallint NOT NULL,
    received      int NOT NULL,
    resolved      int NOT NULL,
    entered       int NOT NULL,                     -- open stints that began
    departed      int NOT NULL,                     -- open stints that ended
    due           int NOT NULL,                     -- deadlines that fell due or ended before it
    breached      int NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
INSERT INTO derived.daily_narrow (day, region_id, department_id, tier, received, resolved, entered, departed, due,
                                  breached)
SELECT * FROM (
    SELECT day, region_id, department_id, tier, sum(received) AS received, sum(resolved) AS resolved,
           sum(entered) AS entered, sum(departed) AS departed, sum(due) AS due, sum(breached) AS breached
    FROM derived.daily GROUP BY 1, 2, 3, 4) d
WHERE received + resolved + entered + departed + due > 0 ORDER BY day, region_id;
DROP TABLE derived.daily;
ALTER TABLE derived.daily_narrow RENAME TO daily;
ALTER TABLE derived.daily ADD CONSTRAINT daily_pkey PRIMARY KEY (day, region_id, department_id, tier);
DO $$
DECLARE
    named text;
BEGIN
    FOREACH named IN ARRAY ARRAY['daily', 'daily_survey'] LOOP
        EXECUTE format('ALTER TABLE derived.%I OWNER TO board_jobs', named);
        EXECUTE format('GRANT SELECT ON derived.%I TO board_everywhere, board_app, board_wall', named);
        EXECUTE format('ALTER TABLE derived.%I ENABLE ROW LEVEL SECURITY', named);
        EXECUTE format('CREATE POLICY by_region ON derived.%I TO board_app USING (region_id = ANY ((SELECT '
                       'string_to_array(current_setting(''app.regions'', true), '','')::int[])::int[]))', named);
        EXECUTE format('CREATE POLICY everywhere ON derived.%I TO board_everywhere, board_wall, board_jobs '
                       'USING (true) WITH CHECK (true)', named);
    END LOOP;
END $$;

-- Flows that no page reads are counted no more.
CREATE OR REPLACE VIEW derived.flow WITH (security_invoker = true) AS
SELECT complaint_id, happened_at AS at, milestone AS flow, region_id, department_id, tier, channel,
       NULL::float AS score, NULL::smallint AS nps
FROM derived.milestone WHERE milestone IN ('received', 'resolved')
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

-- Tables that grow with the complaints are vacuumed by a share that stays small when they are large.
ALTER TABLE facts.complaint SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE derived.milestone SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE derived.deadline_span SET (autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE derived.co_owner_request SET (autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE facts.callback_attempt SET (autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE facts.survey SET (autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE facts.survey_answer SET (autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE derived.survey SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE derived.time_held SET (autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_vacuum_insert_scale_factor = 0.1);
ALTER TABLE journal.alert SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE journal.delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
