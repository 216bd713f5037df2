-- An import that was stopped, or whose process is gone.
ALTER TABLE journal.import_run DROP CONSTRAINT import_run_outcome_check,
    ADD CONSTRAINT import_run_outcome_check CHECK (outcome IN ('done', 'failed', 'interrupted'));
