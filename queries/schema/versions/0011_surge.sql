-- What is usual (queries/surges/model.py), learned from the last weeks; one row, working state.
CREATE TABLE derived.surge_baseline (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    learned_at    timestamptz NOT NULL,
    known_hours   int NOT NULL,
    baseline      bytea                             -- null: too little is known
);
-- The last look; two processes look once.
CREATE TABLE derived.surge_look (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    looked_at     timestamptz NOT NULL
);
ALTER TABLE derived.surge_baseline OWNER TO board_jobs;
ALTER TABLE derived.surge_look OWNER TO board_jobs;
GRANT SELECT ON derived.surge_baseline, derived.surge_look TO board_app, board_everywhere;

-- A surge as it was proposed and went on. Its complaints are those of its category, product and region received
-- from from_at until until_at: a correction of one of these moves it in or out.
CREATE TABLE journal.surge (
    surge_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    category      text NOT NULL,
    product       text,                             -- null: of any
    region_id     int,                              -- a province with its cities, or a city; null: the whole country
    from_at       timestamptz NOT NULL,
    found_at      timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,             -- the last look that counted it
    until_at      timestamptz,                      -- null while it runs
    people        int NOT NULL,                     -- who complained, each once
    usual         real NOT NULL,                    -- how many usually do in that time
    chance        double precision NOT NULL,        -- so improbable a finding anywhere, by chance, in a week
    bars_from     timestamptz NOT NULL,             -- of the two below; each stands for ten minutes
    bars          int[] NOT NULL,                   -- complainants
    usual_bars    real[] NOT NULL,
    looked_back   boolean NOT NULL DEFAULT false,   -- found in the past, when the board first knew what is usual
    merged_into   bigint REFERENCES journal.surge
);
CREATE INDEX surge_found ON journal.surge (found_at);
CREATE INDEX surge_running ON journal.surge (surge_id) WHERE until_at IS NULL;

-- What a person decided of a surge, for the regions that the person sees. Append-only.
CREATE TABLE journal.surge_decision (
    surge_id      bigint NOT NULL REFERENCES journal.surge,
    revision      int NOT NULL,                     -- decisions before it: of two at once, one is first
    decided_at    timestamptz NOT NULL,
    person        text NOT NULL,
    verdict       text NOT NULL CHECK (verdict IN ('tier_1', 'no_surge')),
    regions       int[],                            -- null: everywhere
    complaints    int NOT NULL,                     -- made tier 1
    PRIMARY KEY (surge_id, revision)
);
-- Why a complaint has its tier, and what else was decided of it.
CREATE INDEX audit_subject ON journal.audit (subject);

GRANT SELECT ON journal.surge, journal.surge_decision TO board_app, board_everywhere, board_jobs;
GRANT INSERT, UPDATE ON journal.surge TO board_jobs;
GRANT INSERT ON journal.surge_decision TO board_app, board_everywhere;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA journal TO board_jobs;

-- Who sees a part of its regions sees the surge; of its complaints only the own ones.
ALTER TABLE journal.surge ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON journal.surge TO board_app USING (region_id IS NULL OR region_id = ANY ((
    SELECT array_agg(r.region_id) || array_agg(r.parent_id) FROM facts.region r
    WHERE r.region_id = ANY (string_to_array(current_setting('app.regions', true), ',')::int[]))::int[]));
CREATE POLICY everywhere ON journal.surge TO board_everywhere, board_wall, board_jobs
    USING (true) WITH CHECK (true);
ALTER TABLE journal.surge_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_region ON journal.surge_decision TO board_app
    USING (EXISTS (SELECT FROM journal.surge s WHERE s.surge_id = surge_decision.surge_id))
    WITH CHECK (EXISTS (SELECT FROM journal.surge s WHERE s.surge_id = surge_decision.surge_id));
CREATE POLICY everywhere ON journal.surge_decision TO board_everywhere, board_jobs
    USING (true) WITH CHECK (true);
