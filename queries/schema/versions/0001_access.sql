-- Least rights, and rows by region. An unset or empty app.regions shows nothing.
GRANT USAGE ON SCHEMA facts, derived, journal TO board_everywhere, board_app, board_wall, board_jobs;

GRANT SELECT ON ALL TABLES IN SCHEMA facts, derived, journal TO board_everywhere, board_app, board_jobs;
GRANT SELECT ON ALL TABLES IN SCHEMA derived, journal TO board_wall;
GRANT SELECT ON facts.source, facts.region, facts.department, facts.team, facts.complaint TO board_wall;
REVOKE SELECT ON facts.complaint FROM board_wall;
GRANT SELECT (complaint_id, source, external_id, received_at, recorded_at, region_id, department_id, owner_id,
              tier, category, channel, status) ON facts.complaint TO board_wall;
REVOKE ALL ON facts.customer_pii FROM board_everywhere, board_app, board_wall, board_jobs;

-- jobs: facts through the door (sources), all of derived, and the journal without rewriting its history.
GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA facts TO board_jobs;
GRANT SELECT ON facts.customer_pii TO board_jobs;
-- jobs own derived: rebuilding swaps its tables by rename, and COPY into a table with row-level security is its
-- owner's right alone.
DO $$
DECLARE
    named text;
BEGIN
    ALTER SCHEMA derived OWNER TO board_jobs;
    CREATE SCHEMA derived_next;  -- where a rebuild is made, empty between rebuilds
    ALTER SCHEMA derived_next OWNER TO board_jobs;
    FOR named IN SELECT format('derived.%I', relname) FROM pg_class
                 WHERE relnamespace = 'derived'::regnamespace AND relkind IN ('r', 'v') LOOP
        EXECUTE 'ALTER TABLE ' || named || ' OWNER TO board_jobs';
    END LOOP;
END $$;
GRANT INSERT, UPDATE ON journal.board_state, journal.feed, journal.alert, journal.delivery, journal.job_run,
    journal.process, journal.import_run, journal.clock TO board_jobs;
GRANT INSERT ON journal.board_sample, journal.audit, journal.policy_version TO board_jobs;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA facts, journal TO board_jobs;

-- people: corrections, callbacks and acknowledgements, nothing else.
GRANT INSERT ON facts.complaint_event, facts.callback_attempt, facts.callback_booking, derived.dirty,
    journal.acknowledgement, journal.audit TO board_app, board_everywhere;
GRANT UPDATE (region_id, department_id, owner_id, tier, category, channel, product, promised_at, status)
    ON facts.complaint
    TO board_app, board_everywhere;
GRANT SELECT, UPDATE ON journal.board_state TO board_app, board_everywhere;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA journal TO board_app, board_everywhere;

DO $$
DECLARE
    named text;
    mine text := 'region_id = ANY (string_to_array(current_setting(''app.regions'', true), '','')::int[])';
    of_complaint text := 'EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = %s.complaint_id)';
    rule text;
BEGIN
    FOREACH named IN ARRAY ARRAY[
        'facts.complaint', 'derived.stint', 'derived.milestone', 'derived.deadline', 'derived.callback',
        'derived.co_owner_request', 'derived.survey', 'derived.daily', 'journal.alert', 'journal.board_sample',
        'facts.complaint_event', 'facts.co_owner_request', 'facts.survey', 'facts.survey_answer',
        'facts.callback_attempt', 'facts.callback_booking', 'derived.deadline_span',
        'facts.customer', 'journal.delivery', 'journal.acknowledgement', 'derived.daily_response']
    LOOP
        rule := CASE
            WHEN named = 'derived.daily_response' THEN 'false'
            WHEN named = 'facts.customer'
                THEN 'EXISTS (SELECT FROM facts.complaint c WHERE c.customer_id = customer.customer_id)'
            WHEN named IN ('journal.delivery', 'journal.acknowledgement')
                THEN format('EXISTS (SELECT FROM journal.alert a WHERE a.alert_id = %s.alert_id)',
                            split_part(named, '.', 2))
            WHEN EXISTS (SELECT FROM information_schema.columns WHERE column_name = 'region_id'
                         AND table_schema || '.' || table_name = named) THEN mine
            ELSE format(of_complaint, split_part(named, '.', 2))
        END;
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', named);
        EXECUTE format('CREATE POLICY by_region ON %s TO board_app USING (%s) WITH CHECK (%s)',
                       named, rule, rule);
        EXECUTE format('CREATE POLICY everywhere ON %s TO board_everywhere, board_wall, board_jobs '
                       'USING (true) WITH CHECK (true)', named);
    END LOOP;
END $$;

-- A phone number is shown to a person only through this: inside the scope, at most 60 an hour, and written down.
CREATE FUNCTION facts.reveal_phone(of_complaint bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    who text := nullif(current_setting('app.person', true), '');
    regions text := nullif(current_setting('app.regions', true), '');
    everywhere boolean := current_setting('app.everywhere', true) = 'on';
    number text;
BEGIN
    IF who IS NULL THEN
        RAISE EXCEPTION 'no person is named' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('reveal ' || who));
    IF (SELECT count(*) FROM journal.audit WHERE person = who AND action = 'reveal_phone'
        AND happened_at > clock_timestamp() - interval '1 hour') >= 60 THEN
        RAISE EXCEPTION 'more than 60 numbers in an hour' USING ERRCODE = 'configuration_limit_exceeded';
    END IF;
    SELECT p.phone INTO number
    FROM facts.complaint c JOIN facts.customer_pii p USING (customer_id)
    WHERE c.complaint_id = of_complaint
      AND (everywhere OR c.region_id = ANY (string_to_array(regions, ',')::int[]));
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO journal.audit (person, action, subject)
    VALUES (who, 'reveal_phone', 'complaint:' || of_complaint);
    RETURN number;
END $$;
REVOKE ALL ON FUNCTION facts.reveal_phone(bigint) FROM public;
GRANT EXECUTE ON FUNCTION facts.reveal_phone(bigint) TO board_app, board_everywhere;
