-- Why: some things wait for a second person. What each outcome would write is frozen when the
-- review is opened; what a person did about it is a row of its own, so nothing is ever changed.
-- Columns after `seal` may be emptied; content knows agents by key only and stays readable.

CREATE TABLE reviews (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  -- What an approval binds to.
  content_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  content TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;

-- GET /v1/reviews: open ones oldest first, decided ones newest first.
CREATE INDEX reviews_by_time ON reviews (opened_at, id);

-- Who opened and who decided, and why; id is '<review>/opened' or '<review>/decided'.
CREATE TABLE review_acts (
  id TEXT PRIMARY KEY,
  act TEXT NOT NULL CHECK (act IN ('OPENED', 'APPROVED', 'REJECTED')),
  at INTEGER NOT NULL,
  -- Hash of the content the person saw.
  content_hash TEXT NOT NULL,
  -- Keyed hash of the person, NULL where no person acted: two persons are told apart for ever.
  person TEXT,
  note_hash TEXT NOT NULL,
  seal INTEGER NOT NULL,
  actor TEXT,
  reason TEXT,
  salt TEXT
) STRICT, WITHOUT ROWID;
