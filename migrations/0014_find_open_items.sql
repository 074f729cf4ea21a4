-- Why: health counts the quarantined items that nobody has closed among the newest ones. Ids are
-- hashes: without an order in time it looked at the same few for ever, closed ones included, and saw
-- nothing of what came later (intake/quarantine/store.ts). One more row an item.
CREATE INDEX quarantine_by_time ON quarantine (received_at, id);
