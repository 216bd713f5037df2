-- Reading the past by index, and the instant whose picture a sample is.
CREATE INDEX deadline_span_until ON derived.deadline_span (until_at);
CREATE INDEX callback_ended ON derived.callback (ended_at) WHERE ended_at IS NOT NULL;

ALTER TABLE journal.board_sample ADD COLUMN shown_at timestamptz;
UPDATE journal.board_sample SET shown_at = sampled_at;  -- before it was kept: a few seconds early
ALTER TABLE journal.board_sample ALTER COLUMN shown_at SET NOT NULL;

-- A reception is an observation, so that an earlier one told later leaves what was known before.
INSERT INTO facts.complaint_event (complaint_id, field, happened_at, recorded_at)
SELECT complaint_id, 'received', received_at, recorded_at FROM facts.complaint WHERE received_known
ON CONFLICT DO NOTHING;
