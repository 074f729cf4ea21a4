-- Why: a later revision of a result may name another agent, as when an evaluation had been filed
-- under the wrong person. It counts for that agent alone from then on, so whoever reads one agent's
-- results must find what was said of them under anybody else's key, and whoever hears such a
-- revision must find the agent it was taken from (quality/holder/store.ts). Its date is in it too, so
-- that what many agents have under one id is not gone through for each. One more row a revision.
CREATE INDEX quality_results_by_result ON quality_results (result_id, created_at, revised_at);
