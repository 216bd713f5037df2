-- Rooms: queries/actions, queries/intake/actions.py and entry.py. What a person did with a complaint on the board
-- itself, one row a press. Its observations are those of facts.complaint_event with the origin 'person' and
-- source_seq = place.
CREATE TABLE facts.action (
    complaint_id  bigint NOT NULL,
    place         int NOT NULL,          -- its number among the actions of the complaint; 0: it was entered
    action_key    text NOT NULL,         -- chosen by the writer: the same press twice is one action
    action        text NOT NULL,         -- a name of queries/actions/life.py, or 'enter'
    agent_id      int NOT NULL,
    happened_at   timestamptz NOT NULL,
    recorded_at   timestamptz NOT NULL,
    undone_at     timestamptz,           -- from then on it counts as if it had never been
    note          text,                  -- the reason, the solution, the question, or what else was written
    cause         text,                  -- of a resolution
    PRIMARY KEY (complaint_id, place),
    UNIQUE (complaint_id, action_key)
);
CREATE INDEX action_entry ON facts.action (action_key) WHERE place = 0;
CREATE INDEX action_entered ON facts.action (recorded_at) WHERE place = 0;

ALTER TABLE facts.action ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON facts.action TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = action.complaint_id))
    WITH CHECK (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = action.complaint_id));
CREATE POLICY everywhere ON facts.action TO board_everywhere, board_jobs USING (true) WITH CHECK (true);
GRANT SELECT ON facts.action TO board_app, board_everywhere, board_jobs;
GRANT INSERT, UPDATE (undone_at) ON facts.action TO board_app, board_everywhere;
GRANT UPDATE (retracted_at) ON facts.complaint_event TO board_app, board_everywhere;
GRANT INSERT, UPDATE ON facts.co_owner_request TO board_app, board_everywhere;
GRANT INSERT ON derived.unread_text TO board_app, board_everywhere;

-- What is taken back is one's own, never what a source or a colleague said.
CREATE POLICY own ON facts.complaint_event AS RESTRICTIVE FOR UPDATE TO board_app, board_everywhere
    USING (origin = 'person' AND agent_id = (
        SELECT a.agent_id FROM facts.agent a WHERE a.login = current_setting('app.person', true)));
CREATE POLICY own ON facts.action AS RESTRICTIVE FOR UPDATE TO board_app, board_everywhere
    USING (agent_id = (
        SELECT a.agent_id FROM facts.agent a WHERE a.login = current_setting('app.person', true)));

-- The last number that the board gave on a day.
CREATE TABLE facts.complaint_number (
    day           date PRIMARY KEY,
    last          int NOT NULL
);

-- A customer is looked for by their number at whichever source.
CREATE INDEX customer_number ON facts.customer (external_id);

-- What people's roles may not write by themselves: a new complaint with its number, and a new customer. `given`:
-- milestones, received_at, region, title, body, details; customer (one that is known), or number, name, phone
-- and what is shown and searched instead of them. The same entry_key twice is one complaint.
CREATE FUNCTION facts.enter_complaint(
    entry_key text, given jsonb, entered timestamptz,
    OUT made bigint, OUT named text, OUT is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    everywhere boolean := coalesce(current_setting('app.everywhere', true), '') = 'on';
    mine int[] := string_to_array(nullif(current_setting('app.regions', true), ''), ',')::int[];
    who int;
    whose bigint := (given ->> 'customer')::bigint;
    hash text := given ->> 'phone_hash';
    today date;
    numbered int;
BEGIN
    SELECT a.agent_id INTO who FROM facts.agent a
    WHERE a.login = nullif(current_setting('app.person', true), '');
    IF who IS NULL THEN
        RAISE EXCEPTION 'no person is named' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('entry ' || entry_key));
    SELECT a.complaint_id, r.external_id, false INTO made, named, is_new
    FROM facts.action a JOIN facts.complaint_ref r USING (complaint_id)
    WHERE a.action_key = entry_key AND a.place = 0 AND a.agent_id = who;
    IF made IS NOT NULL THEN
        RETURN;
    END IF;
    SELECT (entered AT TIME ZONE r.time_zone)::date INTO today FROM facts.region r
    WHERE r.region_id = (given ->> 'region')::int AND (everywhere OR r.region_id = ANY (mine));
    IF today IS NULL THEN
        RAISE EXCEPTION 'the region lies outside the scope' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF whose IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM facts.complaint c WHERE c.customer_id = whose
                       AND (everywhere OR c.region_id = ANY (mine))) THEN
            RAISE EXCEPTION 'the customer lies outside the scope' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF coalesce(given ->> 'number', given ->> 'name', given ->> 'phone') IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext('customer ' || coalesce(given ->> 'number', hash, entry_key)));
        SELECT u.customer_id INTO whose FROM facts.customer u
        WHERE u.source = 'board' AND (u.external_id = given ->> 'number'
                                      OR given ->> 'number' IS NULL AND u.phone_hash = hash)
        ORDER BY u.customer_id LIMIT 1;
        IF whose IS NULL THEN
            whose := nextval(pg_get_serial_sequence('facts.customer', 'customer_id'));
            INSERT INTO facts.customer (customer_id, source, external_id, masked_name, masked_phone, phone_hash)
            VALUES (whose, 'board', coalesce(given ->> 'number', 'C' || whose), given ->> 'masked_name',
                    given ->> 'masked_phone', hash);
            INSERT INTO facts.customer_pii (customer_id, name, phone)
            VALUES (whose, given ->> 'name', given ->> 'phone');
        END IF;
    END IF;
    INSERT INTO facts.source AS s (source, milestones)
    VALUES ('board', ARRAY (SELECT jsonb_array_elements_text(given -> 'milestones')))
    ON CONFLICT (source) DO UPDATE SET milestones = EXCLUDED.milestones
    WHERE s.milestones <> EXCLUDED.milestones;
    LOOP
        INSERT INTO facts.complaint_number AS n (day, last) VALUES (today, 1)
        ON CONFLICT (day) DO UPDATE SET last = n.last + 1 RETURNING n.last INTO numbered;
        named := to_char(today, 'YYYYMMDD-') || repeat('0', 6 - length(numbered::text)) || numbered;
        INSERT INTO facts.complaint_ref AS r (source, external_id) VALUES ('board', named)
        ON CONFLICT DO NOTHING RETURNING r.complaint_id INTO made;
        EXIT WHEN made IS NOT NULL;
    END LOOP;
    INSERT INTO facts.complaint (complaint_id, source, external_id, received_at, recorded_at, customer_id, title,
                                 body, region_id, details)
    VALUES (made, 'board', named, (given ->> 'received_at')::timestamptz, entered, whose, given ->> 'title',
            given ->> 'body', (given ->> 'region')::int, nullif(given -> 'details', 'null'));
    INSERT INTO facts.action (complaint_id, place, action_key, action, agent_id, happened_at, recorded_at)
    VALUES (made, 0, entry_key, 'enter', who, (given ->> 'received_at')::timestamptz, entered);
    INSERT INTO journal.feed AS f (source, heard_at, fact_at) VALUES ('board', entered, entered)
    ON CONFLICT (source) DO UPDATE SET heard_at = greatest(f.heard_at, EXCLUDED.heard_at),
        fact_at = greatest(f.fact_at, EXCLUDED.fact_at);
    is_new := true;
END $$;
REVOKE ALL ON FUNCTION facts.enter_complaint(text, jsonb, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION facts.enter_complaint(text, jsonb, timestamptz) TO board_app, board_everywhere;
