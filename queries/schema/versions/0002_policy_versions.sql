-- Callbacks name the policy version they follow; administrators apply a policy from their page.
ALTER TABLE derived.callback ADD COLUMN policy_version int NOT NULL DEFAULT 1;
ALTER TABLE derived.deadline_span ADD COLUMN left_seconds bigint;  -- while paused
INSERT INTO derived.dirty (complaint_id) SELECT complaint_id FROM facts.complaint;

-- The page's way to a new policy version: administrators only, and written down.
CREATE FUNCTION journal.apply_policy(policy text, move_open boolean, applied_at timestamptz, effect jsonb)
RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    who text := nullif(current_setting('app.person', true), '');
    made int;
BEGIN
    IF NOT EXISTS (SELECT FROM facts.agent WHERE login = who AND signs_in AND grade = 'administrator') THEN
        RAISE EXCEPTION 'only an administrator applies a policy' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO journal.policy_version (applied_at, move_open, policy, applied_by)
    VALUES (apply_policy.applied_at, apply_policy.move_open, apply_policy.policy, who)
    RETURNING version INTO made;
    INSERT INTO journal.audit (person, action, subject, detail)
    VALUES (who, 'apply_policy', 'policy_version:' || made, effect);
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION journal.apply_policy(text, boolean, timestamptz, jsonb) FROM public;
GRANT EXECUTE ON FUNCTION journal.apply_policy(text, boolean, timestamptz, jsonb) TO board_everywhere;
