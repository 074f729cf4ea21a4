-- Why: a tier is what routing and platforms go by, so every change of one is a row with its reason,
-- and a reset leaves one row per agent that is both the archive of the season that ended and the
-- opening of the next. Agents stand here by key only, so nothing is to be emptied.

-- One change of an agent's tier within a season; id is '<agent key>.<season>.<number>'.
CREATE TABLE tier_changes (
  id TEXT PRIMARY KEY,
  number INTEGER NOT NULL CHECK (number > 0),
  -- What the points come to, and what is honoured until grace ends.
  tier TEXT NOT NULL,
  honoured TEXT NOT NULL,
  -- UTC ms; NULL outside grace.
  grace_until INTEGER,
  compliant INTEGER NOT NULL CHECK (compliant IN (0, 1)),
  -- 1/10000 point.
  points INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What an agent had as a season was reset, and how the next one opens; id is '<season>.<agent key>'.
CREATE TABLE season_archive (
  id TEXT PRIMARY KEY,
  -- The run of the reset.
  run TEXT NOT NULL,
  points INTEGER NOT NULL,
  tier TEXT NOT NULL,
  honoured TEXT NOT NULL,
  -- Sums of scale 6 and counts of what was measured in the season.
  aht_sum INTEGER NOT NULL,
  aht_count INTEGER NOT NULL,
  csat_sum INTEGER NOT NULL,
  csat_count INTEGER NOT NULL,
  fcr_sum INTEGER NOT NULL,
  fcr_count INTEGER NOT NULL,
  next_season TEXT NOT NULL,
  next_tier TEXT NOT NULL,
  next_honoured TEXT NOT NULL,
  grace_until INTEGER,
  at INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
