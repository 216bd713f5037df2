ALTER TABLE journal.import_run ADD taken_back_at timestamptz;
-- Of a complaint of which nothing stands any more: it is derived to nothing, and no page shows it.
ALTER TABLE facts.complaint ADD taken_back_at timestamptz;
CREATE INDEX complaint_taken_back ON facts.complaint (complaint_id) WHERE taken_back_at IS NOT NULL;

DO $$
DECLARE
    in_regions text := (SELECT qual FROM pg_policies WHERE schemaname = 'facts' AND tablename = 'complaint'
                        AND policyname = 'by_region');
BEGIN
    EXECUTE format('ALTER POLICY by_region ON facts.complaint USING ((%s) AND taken_back_at IS NULL)', in_regions);
END $$;
DROP POLICY everywhere ON facts.complaint;
CREATE POLICY everywhere ON facts.complaint TO board_everywhere, board_wall USING (taken_back_at IS NULL);
CREATE POLICY jobs ON facts.complaint TO board_jobs USING (true) WITH CHECK (true);
