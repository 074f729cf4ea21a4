-- Why: what goes out is frozen in the same set as the effect that orders it, so that neither can
-- be without the other. An intent is a row; what became of it is a row of its own, written with
-- whatever that outcome posts. Columns after `seal` may be emptied.

-- One frozen request to one destination; id is a hash of destination, operation and cause.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  destination TEXT NOT NULL,
  operation TEXT NOT NULL,
  -- What it is about, in chained form: keys and hashes only.
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- What became of a delivery; id is '<delivery>.<outcome>'.
CREATE TABLE delivery_outcomes (
  id TEXT PRIMARY KEY,
  delivery TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('CONFIRMED', 'REJECTED', 'ABANDONED')),
  at INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;
