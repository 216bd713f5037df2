-- The zone of the policy in force, kept beside the roll-ups because it decides their days; one row. Until now
-- all of them were counted by this one; `board migrate` and the roll-ups' job bring it up to date.
CREATE TABLE derived.policy_zone (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    zone  text NOT NULL
);
INSERT INTO derived.policy_zone (zone) VALUES ('Asia/Shanghai');
ALTER TABLE derived.policy_zone OWNER TO board_jobs;
GRANT SELECT ON derived.policy_zone TO board_app, board_everywhere, board_wall;
