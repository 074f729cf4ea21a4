-- Why: what a pay run came to, line by line, and how an overpaid or underpaid amount finds its one
-- road home. Lines lie some to a sheet, so that a run of a hundred thousand agents is a few thousand
-- rows; deltas and claims begin with the agent, so that one key range serves a page of agents.
-- Agents are known by key only, so nothing here is ever emptied.

-- Some lines of one run, in the order of their agents' keys; id is '<plan>.<period>.v<n>.<first key>'.
CREATE TABLE pay_sheets (
  id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  size INTEGER NOT NULL CHECK (size > 0),
  -- The lines as JSON, gzipped, in base64.
  content TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- By how much a paid amount is no longer right; id is '<agent key>.<plan>.<period>.<ordinal>'.
CREATE TABLE pay_deltas (
  id TEXT PRIMARY KEY,
  agent_key TEXT NOT NULL,
  plan TEXT NOT NULL,
  period TEXT NOT NULL,
  -- The run whose line is corrected, and its delivery (NULL where it paid nothing).
  run TEXT NOT NULL,
  delivery TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('FACTS', 'VERSION', 'DISPUTE')),
  unit TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991),
  -- Hash of the facts that it was found by, and the seal as of which they were read.
  facts TEXT NOT NULL,
  facts_seal INTEGER NOT NULL,
  at INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A part of a delta on its one road; id is '<delta>/<ordinal>'. One whose delivery was refused counts no more.
CREATE TABLE pay_claims (
  id TEXT PRIMARY KEY,
  road TEXT NOT NULL CHECK (road IN ('CYCLE', 'VERSION', 'WRITE_OFF')),
  -- '<run>/<agent key>' of the line that settles it, or the review that wrote it off.
  line TEXT NOT NULL,
  delivery TEXT,
  amount INTEGER NOT NULL CHECK (amount <> 0 AND amount BETWEEN -9007199254740991 AND 9007199254740991),
  at INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Lines that an agent disputes; id is '<agent key>.<plan>.<period>.v<n>.<ordinal>'. The review decides.
CREATE TABLE pay_disputes (
  id TEXT PRIMARY KEY,
  review TEXT NOT NULL,
  at INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
