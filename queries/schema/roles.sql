-- The database roles, made once per server. Run by `board migrate`, or by hand where it may not.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['board_everywhere', 'board_app', 'board_intake', 'board_wall',
                                'board_wall_regions', 'board_jobs', 'board_migrator']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', wanted);
        END IF;
    END LOOP;
END $$;
-- board_everywhere is never signed in to: board_app becomes it for people whose scope has no limit of region.
ALTER ROLE board_app LOGIN;
ALTER ROLE board_wall LOGIN;
ALTER ROLE board_jobs LOGIN;
ALTER ROLE board_migrator LOGIN;
GRANT board_everywhere TO board_app;
-- Nor is board_wall_regions: a wall becomes it where its token names regions.
GRANT board_wall_regions TO board_wall;
-- Nor to board_intake: board_app becomes it for the facts that programs send.
GRANT board_intake TO board_app;
ALTER ROLE board_jobs SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE board_app SET statement_timeout = '15s';
ALTER ROLE board_wall SET statement_timeout = '15s';
-- Who migrates hands the derived tables to board_jobs, so must be of that role.
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'board_jobs', 'MEMBER') THEN
        EXECUTE format('GRANT board_jobs, board_app, board_wall, board_everywhere, board_intake TO %I', current_user);
    END IF;
END $$;
