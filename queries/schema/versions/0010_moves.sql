-- The chance that a similar deadline that starts now is unmet when this one is due (queries/risk/model.py: afresh).
ALTER TABLE derived.risk ADD COLUMN afresh real;

-- Who has owned complaints of which category (queries/risk/skills.py); learned each night.
CREATE TABLE derived.skill (
    owner_id      int NOT NULL,
    category      text NOT NULL,
    last_at       timestamptz NOT NULL,
    PRIMARY KEY (owner_id, category)
);
ALTER TABLE derived.skill OWNER TO board_jobs;
GRANT SELECT ON derived.skill TO board_app, board_everywhere;
-- Until the first night.
INSERT INTO derived.skill (owner_id, category, last_at)
SELECT owner_id, category, max(coalesce(until_at, now())) FROM derived.stint
WHERE owner_id IS NOT NULL AND category IS NOT NULL AND (until_at IS NULL OR until_at > now() - interval '90 d')
GROUP BY owner_id, category;
