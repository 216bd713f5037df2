-- What the board itself did and showed. Rows are never deleted.
CREATE SCHEMA journal;

CREATE TABLE journal.board_state (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version       bigint NOT NULL DEFAULT 1,
    raised_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO journal.board_state DEFAULT VALUES;

-- A replay's clock: board time = anchor + (now - started) * speed. Empty: the database's own clock.
CREATE TABLE journal.clock (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    anchor        timestamptz NOT NULL,
    started       timestamptz NOT NULL,
    speed         double precision NOT NULL CHECK (speed > 0)
);

CREATE TABLE journal.feed (
    source        text PRIMARY KEY,
    heard_at      timestamptz NOT NULL,             -- when the door last took anything of it
    fact_at       timestamptz,                      -- the latest happened_at it brought
    expected_every int                              -- from one word of it to the next; null: not live
);

CREATE TABLE journal.policy_version (
    version       int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    applied_at    timestamptz NOT NULL,
    move_open     boolean NOT NULL,
    policy        text NOT NULL,                    -- the whole file, as it was
    applied_by    text NOT NULL
);

CREATE TABLE journal.alert (
    alert_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule          text NOT NULL,
    subject       text NOT NULL,                    -- deadline:…, source:…, job:…
    level         text NOT NULL CHECK (level IN ('info', 'warning', 'critical')),
    occurrence    int NOT NULL DEFAULT 1,
    decided_at    timestamptz NOT NULL,
    crossed_at    timestamptz NOT NULL,
    found_late    boolean NOT NULL DEFAULT false,
    reason        jsonb NOT NULL,
    complaint_id  bigint,
    target        text,                             -- of a deadline, or the kind of a callback
    party_id      bigint,
    episode       smallint,
    tier          smallint,
    department_id int,
    region_id     int,
    ended_at      timestamptz,                      -- what it told of is over
    withdrawn_at  timestamptz,                      -- a fact recorded later showed it was not so
    UNIQUE (rule, subject, level, occurrence)
);
CREATE INDEX alert_open ON journal.alert (decided_at) WHERE ended_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX alert_complaint ON journal.alert (complaint_id) WHERE complaint_id IS NOT NULL;

CREATE TABLE journal.acknowledgement (
    alert_id      bigint PRIMARY KEY REFERENCES journal.alert,
    acknowledged_at timestamptz NOT NULL,
    acknowledged_by text NOT NULL,
    note          text
);

-- state moves by compare-and-set: waiting → sending → sent | waiting (retry) | dead; or cancelled.
CREATE TABLE journal.delivery (
    delivery_id   uuid PRIMARY KEY,                 -- uuid5 of alert key, outlet, recipient: the idempotency key
    alert_id      bigint NOT NULL REFERENCES journal.alert,
    digest_of     int NOT NULL DEFAULT 0,           -- how many alerts it stands for, 0: just this one
    outlet        text NOT NULL,
    recipient     text NOT NULL,
    message       jsonb NOT NULL,                   -- no name, no phone number
    state         text NOT NULL DEFAULT 'waiting'
                  CHECK (state IN ('waiting', 'sending', 'sent', 'dead', 'cancelled')),
    attempts      int NOT NULL DEFAULT 0,
    next_at       timestamptz NOT NULL,
    claim         uuid,
    lease_until   timestamptz,
    last_error    text,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at       timestamptz
) WITH (fillfactor = 70);
CREATE INDEX delivery_due ON journal.delivery (next_at) WHERE sent_at IS NULL;
CREATE INDEX delivery_alert ON journal.delivery (alert_id);

CREATE TABLE journal.job_run (
    run_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job           text NOT NULL,
    process       text NOT NULL,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    outcome       text CHECK (outcome IN ('done', 'failed')),
    done          int NOT NULL DEFAULT 0,           -- rows worked on
    error         text                              -- class and SQLSTATE, never values
);
CREATE INDEX job_run_job ON journal.job_run (job, started_at DESC);

CREATE TABLE journal.process (
    process       text PRIMARY KEY,                 -- host:pid:start
    started_at    timestamptz NOT NULL,
    beat_at       timestamptz NOT NULL,
    ended_at      timestamptz,
    next_runs     jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE journal.import_run (
    import_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    file_name     text NOT NULL,
    file_sha256   text NOT NULL,
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz,
    rows_read     bigint NOT NULL DEFAULT 0,
    rows_rejected bigint NOT NULL DEFAULT 0,
    complaints    bigint NOT NULL DEFAULT 0,
    observations  bigint NOT NULL DEFAULT 0,        -- new to the board
    outcome       text CHECK (outcome IN ('done', 'failed'))
);

-- What the board showed, once a minute, by province (0: no region known).
CREATE TABLE journal.board_sample (
    sampled_at    timestamptz NOT NULL,             -- the full minute
    region_id     int NOT NULL,
    version       bigint NOT NULL,
    open_complaints int NOT NULL,
    follow_up     int NOT NULL,
    due_soon      int NOT NULL,
    breached      int NOT NULL,
    requests_open int NOT NULL,
    requests_overdue int NOT NULL,
    callbacks_due int NOT NULL,
    PRIMARY KEY (sampled_at, region_id)
);

CREATE TABLE journal.audit (
    audit_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    happened_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    person        text NOT NULL,
    action        text NOT NULL,
    subject       text NOT NULL,
    detail        jsonb NOT NULL DEFAULT '{}'
);
