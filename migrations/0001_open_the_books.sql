-- Why: everything that is remembered is a row written once by the journal under a numbered seal.
-- STRICT because D1 binds every JS number as REAL and would round or coerce it silently.
-- WITHOUT ROWID because a text key in a rowid table is written twice. No secondary index: ids begin
-- with what they are looked up by, and lists by time walk the seals backwards.
-- Columns after `seal` may be emptied (erasure); a hash among the columns before it binds them.

CREATE TABLE seals (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- JSON [[table, id, hash of the chained columns], ...] in the order in which they were taken.
  contents TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0)
) STRICT;

-- One movement of a positive amount of one unit from one account to another.
CREATE TABLE entries (
  id TEXT PRIMARY KEY,
  tx TEXT NOT NULL,
  kind TEXT NOT NULL,
  unit TEXT NOT NULL,
  from_account TEXT NOT NULL,
  to_account TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 9007199254740991),
  cause TEXT NOT NULL,
  rule TEXT,
  reverses TEXT,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  seal INTEGER NOT NULL,
  CHECK (from_account <> to_account)
) STRICT, WITHOUT ROWID;

-- Running sum of every account that is not an agent's; id is '<unit> <account>'.
CREATE TABLE balances (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  unit TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN -9007199254740991 AND 9007199254740991)
) STRICT, WITHOUT ROWID;

-- Every decision, duplicate, refusal and override; id is '<subject>.<hash>'.
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  actor TEXT,
  detail TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- Versions of rules, programmes, sources, agents, keys, settings; id is '<kind>/<name>/<version>'.
CREATE TABLE config (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  -- NULL: in force since ever (the first version).
  effective_from INTEGER,
  written_at INTEGER NOT NULL,
  author_hash TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  author TEXT,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- Keyed hash of an agent's address on a platform or in HR, to the key the ledger knows.
CREATE TABLE agent_ids (
  id TEXT PRIMARY KEY,
  agent_key TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The event log: what arrived, authentic and usable.
CREATE TABLE events (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  type TEXT NOT NULL,
  -- Key of the coaching session or other owner; NULL where there is none.
  subject TEXT,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  -- The signature scheme and the fingerprint of the secret that fitted.
  signature TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- Authentic but unusable: kept whole until an operator dismisses it.
CREATE TABLE quarantine (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  body_hash TEXT NOT NULL,
  detail_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  body TEXT,
  detail TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- One settlement of one coaching session; id is '<session>.<number>'.
CREATE TABLE decisions (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  -- Time of receipt of the last event it covers.
  upto INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- Quality results and their revisions; id is '<agent key>.<day>.<hash>'.
CREATE TABLE quality_results (
  id TEXT PRIMARY KEY,
  agent_key TEXT NOT NULL,
  result_id TEXT NOT NULL,
  status TEXT NOT NULL,
  -- Score of 0 to 100 as an exact fraction 'numerator/denominator'.
  score TEXT,
  scorecard_version TEXT,
  created_at INTEGER NOT NULL,
  revised_at INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- Notices to subscribers, frozen when they were decided.
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  destination TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- The stored answer of a request that carried an Idempotency-Key.
CREATE TABLE idempotency (
  id TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  at INTEGER NOT NULL,
  status INTEGER NOT NULL,
  answer_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  headers TEXT,
  body TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- Raw bodies, one row per sealed group, in five tables by month number modulo 5.
CREATE TABLE bodies_0 (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE bodies_1 (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE bodies_2 (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE bodies_3 (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE bodies_4 (id INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT;

-- Append only. INSERT OR REPLACE passes the UPDATE and DELETE triggers, hence the third of each.
CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER seals_no_delete BEFORE DELETE ON seals BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END;
CREATE TRIGGER seals_no_replace BEFORE INSERT ON seals
  WHEN EXISTS (SELECT 1 FROM seals WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE: this seal exists'); END;

CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
  WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE: this entry exists'); END;

-- An audit entry may be emptied of what is personal, and of nothing else.
CREATE TRIGGER audit_only_emptied BEFORE UPDATE ON audit
  WHEN NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.action IS NOT OLD.action
    OR NEW.subject IS NOT OLD.subject OR NEW.detail_hash IS NOT OLD.detail_hash OR NEW.seal IS NOT OLD.seal
    OR NEW.actor IS NOT NULL OR NEW.detail IS NOT NULL OR NEW.salt IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
  WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE: this audit entry exists'); END;
