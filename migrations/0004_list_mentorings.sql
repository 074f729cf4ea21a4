-- Why: what a mentor did on some days must be found without reading everybody's: decisions are keyed
-- by coaching session, and entries know only those that earned something. Cron writes one row for
-- all coaching sessions of a mentor and day that it finds together.

-- Id is '<mentor key>.<day>.<hash>'; `sessions` are keys of coaching sessions, parted by blanks.
CREATE TABLE mentorings (
  id TEXT PRIMARY KEY,
  sessions TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
