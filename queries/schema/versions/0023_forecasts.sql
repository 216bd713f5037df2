-- A forecast is a breach risk as it was shown (queries/risk/forecast_log.py).
ALTER TABLE journal.risk_said RENAME TO forecast;
ALTER TABLE journal.forecast RENAME COLUMN asked_at TO predicted_at;
ALTER INDEX journal.risk_said_pkey RENAME TO forecast_pkey;
ALTER INDEX journal.risk_said_due RENAME TO forecast_due;

-- Measurements that earlier nights stored, under the names by which they are read now.
UPDATE journal.risk_curve SET scores = CAST(replace(replace(CAST(scores AS text),
    '"said":', '"predicted":'), '"told":', '"with_number":') AS jsonb)
WHERE scores IS NOT NULL;

-- The last scan for surges (queries/surges/live.py).
ALTER TABLE derived.surge_look RENAME TO surge_scan;
ALTER TABLE derived.surge_scan RENAME COLUMN looked_at TO scanned_at;
ALTER INDEX derived.surge_look_pkey RENAME TO surge_scan_pkey;

-- As before, under the new name of the table.
CREATE OR REPLACE FUNCTION journal.purge(what text, before timestamptz, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    old text := CASE what
        -- The newest run of a job stays, the page shows it.
        WHEN 'job_run' THEN 'o.last_at < $1 AND EXISTS (SELECT FROM journal.job_run n WHERE n.job = o.job '
                            'AND n.started_at > o.started_at)'
        WHEN 'process' THEN 'o.beat_at < $1'
        WHEN 'import_run' THEN 'o.started_at < $1 AND EXISTS (SELECT FROM journal.import_run n '
                               'WHERE n.source = o.source AND n.import_id > o.import_id)'
        WHEN 'delivery' THEN 'o.created_at < $1 AND o.state IN (''sent'', ''dead'', ''cancelled'')'
        WHEN 'sampled_minute' THEN 'o.sampled_at < $1'
        -- The last row of a province before that instant holds from then on.
        WHEN 'board_sample' THEN 'o.sampled_at < $1 AND EXISTS (SELECT FROM journal.board_sample n '
                                 'WHERE n.region_id = o.region_id AND n.sampled_at > o.sampled_at '
                                 'AND n.sampled_at <= $1)'
        WHEN 'forecast' THEN 'o.hour < $1'
    END;
    found bigint;
BEGIN
    IF old IS NULL OR before > clock_timestamp() - interval '1 day' THEN
        RAISE EXCEPTION 'this is never purged' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF most = 0 THEN
        EXECUTE format('SELECT count(*) FROM journal.%I o WHERE %s', what, old) INTO found USING before;
        RETURN found;
    END IF;
    EXECUTE format('DELETE FROM journal.%1$I WHERE ctid = ANY (ARRAY (SELECT o.ctid FROM journal.%1$I o '
                   'WHERE %2$s LIMIT $2 FOR UPDATE SKIP LOCKED))', what, old) USING before, most;
    GET DIAGNOSTICS found = ROW_COUNT;
    RETURN found;
END $$;
