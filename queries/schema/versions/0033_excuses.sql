-- A breach that a person excuses stays a breach, and is counted apart. One row for each time that somebody said
-- so or undid it; the last one stands.
CREATE TABLE facts.excuse (
    complaint_id  bigint NOT NULL,
    target        text NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,
    episode       smallint NOT NULL,
    action_key    text NOT NULL,                    -- chosen by the page: the same press twice is one
    excuse_id     bigint GENERATED ALWAYS AS IDENTITY,
    excused_at    timestamptz NOT NULL,
    is_excused    boolean NOT NULL,                 -- false: undone
    reason        text,                             -- a name of the policy's reasons
    note          text CHECK (length(note) <= 500),
    person        text NOT NULL,
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (complaint_id, target, party_id, episode, action_key),
    CHECK (is_excused = (reason IS NOT NULL))
);
CREATE INDEX excuse_recorded ON facts.excuse (recorded_at);

ALTER TABLE derived.deadline ADD excused_at timestamptz;  -- since when it is excused, of a breach

-- People with a scope of their own, never in somebody else's name. What the note says is for them alone.
GRANT SELECT, INSERT ON facts.excuse TO board_app, board_everywhere;
GRANT SELECT ON facts.excuse TO board_jobs;
GRANT SELECT (complaint_id, target, party_id, episode, excuse_id, excused_at, is_excused, reason)
    ON facts.excuse TO board_wall;
ALTER TABLE facts.excuse ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON facts.excuse FOR SELECT TO board_app
    USING (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = excuse.complaint_id));
CREATE POLICY everywhere ON facts.excuse FOR SELECT TO board_everywhere, board_wall, board_jobs USING (true);
CREATE POLICY written ON facts.excuse FOR INSERT TO board_app, board_everywhere
    WITH CHECK (EXISTS (SELECT FROM facts.complaint c WHERE c.complaint_id = excuse.complaint_id)
        AND person = current_setting('app.person', true)
        AND EXISTS (SELECT FROM facts.agent a WHERE a.login = excuse.person
                    AND a.grade IN ('supervisor', 'manager', 'administrator')));
