-- A version that is given for the past: before the first that was applied in its own time.
ALTER TABLE journal.policy_version
    ADD COLUMN in_force_from timestamptz CHECK (in_force_from < applied_at);  -- null: when it was applied

-- One row for each version that was taken back; what follows from it is derived as if it had never been.
CREATE TABLE journal.policy_withdrawal (
    version       int PRIMARY KEY REFERENCES journal.policy_version,
    withdrawn_at  timestamptz NOT NULL,
    withdrawn_by  text NOT NULL
);

CREATE VIEW journal.standing_policy WITH (security_invoker = true) AS
SELECT version, coalesce(in_force_from, applied_at) AS in_force_from, in_force_from IS NOT NULL AS is_past,
       move_open, policy
FROM journal.policy_version v
WHERE NOT EXISTS (SELECT FROM journal.policy_withdrawal w WHERE w.version = v.version);

GRANT SELECT ON journal.policy_withdrawal, journal.standing_policy
    TO board_app, board_everywhere, board_jobs, board_wall;
GRANT INSERT ON journal.policy_withdrawal TO board_jobs;

-- The page's way to take a version back: administrators only, and written down.
CREATE FUNCTION journal.withdraw_policy(version int, withdrawn_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    who text := nullif(current_setting('app.person', true), '');
BEGIN
    IF NOT EXISTS (SELECT FROM facts.agent WHERE login = who AND signs_in AND grade = 'administrator') THEN
        RAISE EXCEPTION 'only an administrator withdraws a policy' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO journal.policy_withdrawal (version, withdrawn_at, withdrawn_by)
    VALUES (withdraw_policy.version, withdraw_policy.withdrawn_at, who);
    INSERT INTO journal.audit (person, action, subject)
    VALUES (who, 'withdraw_policy', 'policy_version:' || withdraw_policy.version);
END $$;
REVOKE ALL ON FUNCTION journal.withdraw_policy(int, timestamptz) FROM public;
GRANT EXECUTE ON FUNCTION journal.withdraw_policy(int, timestamptz) TO board_everywhere;
