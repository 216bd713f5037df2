-- Run after the revisions: board_wall_regions, which a wall becomes whose token names regions, may read what
-- board_wall may, and of rows with a region only those of its scope, as people do (policies named by_region).
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT format('USAGE ON SCHEMA %I', nspname) AS what FROM pg_namespace, aclexplode(nspacl) a
        WHERE a.grantee = 'board_wall'::regrole AND a.privilege_type = 'USAGE'
        UNION ALL
        SELECT format('SELECT ON %s', c.oid::regclass) FROM pg_class c, aclexplode(relacl) a
        WHERE a.grantee = 'board_wall'::regrole AND a.privilege_type = 'SELECT' AND c.relkind IN ('r', 'p', 'v')
        UNION ALL
        SELECT format('SELECT (%I) ON %s', attname, attrelid::regclass)
        FROM pg_attribute, aclexplode(attacl) a
        WHERE a.grantee = 'board_wall'::regrole AND a.privilege_type = 'SELECT'
    LOOP
        EXECUTE 'GRANT ' || one.what || ' TO board_wall_regions';
    END LOOP;
    FOR one IN
        SELECT schemaname, tablename, array_to_string(roles, ', ') AS roles FROM pg_policies
        WHERE policyname = 'by_region' AND 'board_app' = ANY (roles) AND NOT 'board_wall_regions' = ANY (roles)
    LOOP
        EXECUTE format('ALTER POLICY by_region ON %I.%I TO %s, board_wall_regions',
                       one.schemaname, one.tablename, one.roles);
    END LOOP;
END $$;
