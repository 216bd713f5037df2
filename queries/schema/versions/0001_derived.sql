-- What follows from the facts and the policy. Written by jobs only; `board rebuild` makes all of it anew.
CREATE SCHEMA derived;

CREATE TABLE derived.dirty (
    complaint_id  bigint NOT NULL,
    marked_at     timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000);

CREATE TABLE derived.dirty_day (
    day           date NOT NULL,
    marked_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE derived.stint (
    complaint_id  bigint NOT NULL,
    seq           smallint NOT NULL,
    from_at       timestamptz NOT NULL,
    until_at      timestamptz,                      -- null while it lasts
    episode       smallint NOT NULL,
    status        text NOT NULL,
    tier          smallint,
    department_id int,
    owner_id      int,
    region_id     int,
    category      text,
    channel       text,
    counts_as_open boolean NOT NULL,                -- fixed at birth: status is one of the four open ones
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, seq)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
CREATE INDEX stint_open ON derived.stint (region_id, department_id, tier)
    WHERE counts_as_open AND until_at IS NULL;
CREATE INDEX stint_from ON derived.stint (from_at) WHERE counts_as_open;
CREATE INDEX stint_until ON derived.stint (until_at) WHERE counts_as_open AND until_at IS NOT NULL;

-- The milestones of a complaint's life with the dimensions as they were at that instant.
CREATE TABLE derived.milestone (
    complaint_id  bigint NOT NULL,
    episode       smallint NOT NULL,
    milestone     text NOT NULL,
    happened_at   timestamptz NOT NULL,
    tier          smallint,
    department_id int,
    region_id     int,
    category      text,
    channel       text,
    PRIMARY KEY (complaint_id, episode, milestone)
);
CREATE INDEX milestone_happened ON derived.milestone (happened_at);

-- Breached: neither met nor cancelled by due_at. An ended deadline keeps the due time in force when it ended.
CREATE TABLE derived.deadline (
    complaint_id  bigint NOT NULL,
    target        text NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,        -- co-owner request, else 0
    episode       smallint NOT NULL,
    started_at    timestamptz NOT NULL,
    due_at        timestamptz,                      -- null while paused
    warn_at       timestamptz,
    left_seconds  bigint,                           -- while paused: the budget that is left, in the target's hours
    met_at        timestamptz,
    cancelled_at  timestamptz,
    policy_version int NOT NULL,
    provisional   boolean NOT NULL DEFAULT false,
    tier          smallint,
    department_id int,                              -- whose it is: the lead owner's, or the co-owner's
    owner_id      int,
    region_id     int,
    category      text,
    channel       text,
    PRIMARY KEY (complaint_id, target, party_id, episode)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX deadline_open ON derived.deadline (due_at) WHERE met_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX deadline_open_region ON derived.deadline (region_id, due_at)
    WHERE met_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX deadline_due ON derived.deadline (due_at);

CREATE TABLE derived.deadline_span (
    complaint_id  bigint NOT NULL,
    target        text NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,
    episode       smallint NOT NULL,
    from_at       timestamptz NOT NULL,
    until_at      timestamptz,
    due_at        timestamptz,
    warn_at       timestamptz,
    paused        boolean NOT NULL DEFAULT false,
    policy_version int NOT NULL,
    PRIMARY KEY (complaint_id, target, party_id, episode, from_at)
);

-- The next crossings of open deadlines; the sweep takes what is due and deletes it.
CREATE TABLE derived.timer (
    complaint_id  bigint NOT NULL,
    target        text NOT NULL,
    party_id      bigint NOT NULL DEFAULT 0,
    episode       smallint NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('warn', 'due')),
    fire_at       timestamptz NOT NULL,
    PRIMARY KEY (complaint_id, target, party_id, episode, kind)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX timer_fire ON derived.timer (fire_at);

CREATE TABLE derived.callback (
    complaint_id  bigint NOT NULL,
    kind          text NOT NULL,
    episode       smallint NOT NULL,
    resolved_at   timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,
    ended_at      timestamptz,                      -- done or cancelled
    outcome       text,                             -- the ending attempt's; 'cancelled' or 'exhausted'
    attempts      smallint NOT NULL DEFAULT 0,
    last_outcome  text,
    next_at       timestamptz NOT NULL,             -- earliest next call: agreed, or by the attempts policy
    agent_id      int,                              -- who is to call
    revision      int NOT NULL DEFAULT 0,           -- attempts + bookings so far; a save must name it
    tier          smallint,
    department_id int,
    region_id     int,
    category      text,
    channel       text,
    PRIMARY KEY (complaint_id, kind, episode)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX callback_pending ON derived.callback (due_at) WHERE ended_at IS NULL;
CREATE INDEX callback_pending_region ON derived.callback (region_id, due_at) WHERE ended_at IS NULL;

CREATE TABLE derived.co_owner_request (
    complaint_id  bigint NOT NULL,
    request_id    bigint NOT NULL,
    episode       smallint NOT NULL,
    requested_at  timestamptz NOT NULL,
    responded_at  timestamptz,
    opinion_at    timestamptz,
    ended_at      timestamptz,                      -- cancelled, or the complaint was resolved or ended
    department_id int,                              -- the co-owner
    lead_department_id int,
    tier          smallint,
    region_id     int,
    category      text,
    channel       text,
    PRIMARY KEY (complaint_id, request_id)
) WITH (fillfactor = 70);
CREATE INDEX request_requested ON derived.co_owner_request (requested_at);
CREATE INDEX request_responded ON derived.co_owner_request (responded_at) WHERE responded_at IS NOT NULL;
CREATE INDEX request_opinion ON derived.co_owner_request (opinion_at) WHERE opinion_at IS NOT NULL;
CREATE INDEX request_open ON derived.co_owner_request (department_id, requested_at)
    WHERE opinion_at IS NULL AND ended_at IS NULL;

CREATE TABLE derived.survey (
    complaint_id  bigint NOT NULL,
    survey_id     bigint NOT NULL,
    survey_channel text NOT NULL,
    sent_at       timestamptz NOT NULL,
    answered_at   timestamptz,
    score         double precision,                 -- mean of the answers, 1..5
    nps           smallint,
    tier          smallint,
    department_id int,
    region_id     int,
    category      text,
    channel       text,
    PRIMARY KEY (complaint_id, survey_id)
);
CREATE INDEX survey_sent ON derived.survey (sent_at);
CREATE INDEX survey_answered ON derived.survey (answered_at) WHERE answered_at IS NOT NULL;

-- Flows of one day (of the region's zone); 0 stands for "none known". Backlog at a day's end is the running
-- sum of entered - departed.
CREATE TABLE derived.daily (
    day           date NOT NULL,
    region_id     int NOT NULL,
    department_id int NOT NULL,
    tier          smallint NOT NULL,
    channel       text NOT NULL,
    received      int NOT NULL DEFAULT 0,
    reopened      int NOT NULL DEFAULT 0,
    resolved      int NOT NULL DEFAULT 0,
    closed        int NOT NULL DEFAULT 0,
    entered       int NOT NULL DEFAULT 0,           -- open stints that began
    departed      int NOT NULL DEFAULT 0,           -- open stints that ended
    due           int NOT NULL DEFAULT 0,           -- deadlines that fell due or ended before it
    breached      int NOT NULL DEFAULT 0,
    surveys_sent  int NOT NULL DEFAULT 0,
    answers       int NOT NULL DEFAULT 0,
    score_sum     double precision NOT NULL DEFAULT 0,
    score_squares double precision NOT NULL DEFAULT 0,
    nps_answers   int NOT NULL DEFAULT 0,
    promoters     int NOT NULL DEFAULT 0,
    detractors    int NOT NULL DEFAULT 0,
    PRIMARY KEY (day, region_id, department_id, tier, channel)
);

-- Answered co-owner requests by log bucket of seconds to respond and to opinion; edges exactly on 1 h and 4 h.
CREATE TABLE derived.daily_response (
    day           date NOT NULL,
    department_id int NOT NULL,
    step          text NOT NULL CHECK (step IN ('responded', 'opinion')),
    bucket        smallint NOT NULL,
    requests      int NOT NULL,
    PRIMARY KEY (day, department_id, step, bucket)
);

CREATE TABLE derived.sealed_day (
    day           date PRIMARY KEY,
    sealed_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE derived.calendar_span (
    calendar      text NOT NULL,
    zone          text NOT NULL,
    from_at       timestamptz NOT NULL,
    until_at      timestamptz NOT NULL,
    worked_before bigint NOT NULL,
    PRIMARY KEY (calendar, zone, from_at)
);
CREATE INDEX calendar_span_worked ON derived.calendar_span (calendar, zone, worked_before);

-- Every flow that the daily roll-ups count (queries/rollups/flows.py holds the same over a staged batch; a test compares).
CREATE VIEW derived.flow WITH (security_invoker = true) AS
SELECT complaint_id, happened_at AS at, milestone AS flow, region_id, department_id, tier, channel,
       NULL::float AS score, NULL::smallint AS nps
FROM derived.milestone WHERE milestone IN ('received', 'reopened', 'resolved', 'closed')
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
FROM derived.survey WHERE answered_at IS NOT NULL
UNION ALL
SELECT complaint_id, responded_at, 'responded', region_id, department_id, tier, channel,
       date_part('epoch', responded_at - requested_at), NULL
FROM derived.co_owner_request WHERE responded_at IS NOT NULL
UNION ALL
SELECT complaint_id, opinion_at, 'opinion', region_id, department_id, tier, channel,
       date_part('epoch', opinion_at - requested_at), NULL
FROM derived.co_owner_request WHERE opinion_at IS NOT NULL;
