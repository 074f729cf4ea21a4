-- Why: a cap is decided over all coaching sessions of a mentor or pair, so each says in a row of its
-- own what it claims; programmes without caps write none.

-- Id is '<mentor key>.<category>.<day>.<session>.<number of the settlement>'; the last number stands.
CREATE TABLE cap_claims (
  id TEXT PRIMARY KEY,
  mentee_key TEXT NOT NULL,
  -- First day of the coaching's week.
  week TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount BETWEEN 0 AND 9007199254740991),
  standing INTEGER NOT NULL CHECK (standing IN (0, 1)),
  granted INTEGER NOT NULL CHECK (granted IN (0, 1)),
  -- 1: its coaching session was closed by an erasure, so what was posted for it is final.
  fixed INTEGER NOT NULL CHECK (fixed IN (0, 1)),
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
