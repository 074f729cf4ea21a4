-- Why: variable pay is a function of facts as of a seal: results (there since 0001), times of workforce
-- management, counts of interactions, values of metrics. Each revision is a row of its own and
-- nothing is replaced. Ids begin with agent and day, so that one key range serves an agent's period;
-- no index. Columns hold keys, codes and numbers only, so nothing here is ever emptied.

-- Times by status code, one row per agent, day and sending; id is '<agent key>.<day>.<hash>'.
CREATE TABLE wfm_actuals (
  id TEXT PRIMARY KEY,
  agent_key TEXT NOT NULL,
  -- When its sender says it was changed, UTC ms; 0 where it says nothing: then the order of seals decides.
  revised_at INTEGER NOT NULL,
  -- JSON [[first ms, end ms, {"<code>": seconds, ...}], ...]: buckets that begin on this day.
  buckets TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Interactions an agent handled on some days; id is '<agent key>.<first day>.<hash>'.
CREATE TABLE interaction_counts (
  id TEXT PRIMARY KEY,
  agent_key TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  revision INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count BETWEEN 0 AND 1000000000),
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Values of the metrics that plans and seasons name; id is '<agent key>.<day>.<hash>'.
CREATE TABLE measures (
  id TEXT PRIMARY KEY,
  agent_key TEXT NOT NULL,
  metric TEXT NOT NULL,
  -- Hash of the interaction, or of the event where it names none.
  interaction TEXT NOT NULL,
  revision INTEGER NOT NULL,
  -- In millionths.
  value INTEGER NOT NULL CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
  occurred_at INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- On which local days which versions of scorecards made results that count; id is '<day>.<hash>'.
-- A handful of rows a day, so that what was in force in a period is found without reading results.
CREATE TABLE scorecard_days (
  id TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a platform said there is, against what had arrived, by source, kind and days; a row where a
-- pull found other numbers than the one before. Id is '<source>/<kind>/<first day>/<last day>/<instant>'.
CREATE TABLE pull_gaps (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  kind TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  -- The instant the pull is named by, UTC ms.
  as_of INTEGER NOT NULL,
  api_count INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  fetched INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  pages INTEGER NOT NULL,
  -- JSON list of what was odd: pages that shrank or repeated, what could not be asked or read.
  remarks TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
