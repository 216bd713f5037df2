-- The wall counts the surges that nobody has decided on; who decided is not for it.
GRANT SELECT ON journal.surge TO board_wall;
GRANT SELECT (surge_id) ON journal.surge_decision TO board_wall;
CREATE POLICY on_wall ON journal.surge_decision TO board_wall USING (true);
-- Since when somebody has a complaint, without who.
GRANT SELECT (complaint_id, party_id, field, happened_at, retracted_at) ON facts.complaint_event TO board_wall;
