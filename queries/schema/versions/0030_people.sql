-- Rooms: queries/people. Who left keeps their row, for the history that names them.
ALTER TABLE facts.agent ADD COLUMN active_from timestamptz, ADD COLUMN active_until timestamptz,
    ADD COLUMN locked_at timestamptz, ADD CHECK (active_from < active_until);

-- What proves who somebody is stands apart from the facts, where everybody's reads do not come.
CREATE SCHEMA access;

CREATE TABLE access.secret (signing bytea NOT NULL, is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only));
INSERT INTO access.secret (signing)
SELECT decode(replace(CAST(gen_random_uuid() AS text) || CAST(gen_random_uuid() AS text), '-', ''), 'hex');

CREATE TABLE access.account (
    agent_id      int PRIMARY KEY REFERENCES facts.agent,
    password      text NOT NULL,         -- argon2id, with its salt and its costs
    password_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE access.session (
    token         bytea PRIMARY KEY,     -- SHA-256 of what the cookie holds
    agent_id      int NOT NULL REFERENCES facts.agent,
    began_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at      timestamptz
);
CREATE INDEX session_agent ON access.session (agent_id, began_at);

CREATE TABLE access.invitation (
    token         bytea PRIMARY KEY,     -- SHA-256 of what stands in the link
    agent_id      int REFERENCES facts.agent,  -- null: the first administrator, who says who they are
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by       text NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    withdrawn_at  timestamptz
);
CREATE INDEX invitation_agent ON access.invitation (agent_id);

-- Wrong passwords: one row a login and one an address, however often somebody tries.
CREATE TABLE access.throttle (
    key           bytea PRIMARY KEY,     -- keyed hash of a login or of an address
    failures      int NOT NULL,
    first_at      timestamptz NOT NULL,
    closed_until  timestamptz
);
CREATE INDEX throttle_first ON access.throttle (first_at);

CREATE TABLE access.wall_token (
    name          text PRIMARY KEY,
    token         bytea NOT NULL UNIQUE, -- SHA-256 of what stands in the URL
    regions       int[],                 -- null: everywhere
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by       text NOT NULL,
    revoked_at    timestamptz
);

GRANT USAGE ON SCHEMA access TO board_app, board_everywhere, board_wall;
GRANT SELECT ON access.secret TO board_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON access.account, access.session, access.invitation, access.throttle
    TO board_app;
GRANT SELECT, INSERT, UPDATE ON access.wall_token TO board_app;
GRANT UPDATE (active_until, locked_at) ON facts.agent TO board_app;
GRANT SELECT (agent_id, password_at) ON access.account TO board_everywhere;
GRANT SELECT (agent_id, began_at, ended_at) ON access.session TO board_everywhere;
GRANT SELECT (agent_id, made_at, expires_at, used_at, withdrawn_at) ON access.invitation TO board_everywhere;
GRANT SELECT (name, regions, made_at, made_by, revoked_at) ON access.wall_token TO board_everywhere;
GRANT SELECT ON access.wall_token TO board_wall;

-- The one person whom nobody has let in: by a link that `board up` printed, while there is no administrator.
CREATE FUNCTION access.make_first_administrator(link bytea, login text, name_en text, name_zh text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    made int;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('first administrator'));
    IF EXISTS (SELECT FROM facts.agent a JOIN access.account USING (agent_id)
               WHERE a.signs_in AND a.grade = 'administrator' AND a.locked_at IS NULL
                 AND coalesce(a.active_from <= clock_timestamp(), true)
                 AND coalesce(a.active_until > clock_timestamp(), true)) THEN
        RETURN NULL;
    END IF;
    UPDATE access.invitation SET used_at = clock_timestamp()
    WHERE token = link AND agent_id IS NULL AND used_at IS NULL AND withdrawn_at IS NULL
      AND expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO facts.agent (login, name_en, name_zh, grade, signs_in)
    VALUES (make_first_administrator.login, make_first_administrator.name_en,
            make_first_administrator.name_zh, 'administrator', true)
    ON CONFLICT ON CONSTRAINT agent_login_key DO UPDATE SET grade = 'administrator', signs_in = true,
        scope_regions = NULL, name_en = EXCLUDED.name_en, name_zh = EXCLUDED.name_zh, active_until = NULL,
        locked_at = NULL
    RETURNING agent_id INTO made;
    INSERT INTO journal.audit (person, action, subject)
    VALUES (make_first_administrator.login, 'first_administrator', 'person:' || make_first_administrator.login);
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION access.make_first_administrator(bytea, text, text, text) FROM public;
GRANT EXECUTE ON FUNCTION access.make_first_administrator(bytea, text, text, text) TO board_app;
