-- The jobs as the job processes name them: pages know a job by its row here. Belongs to no region.
CREATE TABLE journal.job (
    name          text PRIMARY KEY,
    title_en      text NOT NULL,
    title_zh      text NOT NULL,
    every_seconds float8 NOT NULL,
    is_current    boolean NOT NULL DEFAULT true     -- false: no longer run; its row names the runs that it left
);
GRANT SELECT ON journal.job TO board_app, board_everywhere, board_jobs;
GRANT INSERT, UPDATE ON journal.job TO board_jobs;
