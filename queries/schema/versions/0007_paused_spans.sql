-- The breach risk asks each minute for the pauses of what is open.
CREATE INDEX span_paused ON derived.deadline_span (complaint_id) WHERE paused;
