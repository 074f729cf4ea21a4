-- Why: a team's reward is paid once. What was decided about a period of a goal is a row per step,
-- written under the goal's key and never changed; the database itself keeps an agent in one pool
-- per cadence and period, because the row that names the keeper can be there only once.

-- id is '<goal>.<period>.<epoch>.<step>'. Content knows agents by key only.
CREATE TABLE goal_rewards (
  id TEXT PRIMARY KEY,
  goal TEXT NOT NULL,
  period TEXT NOT NULL,
  -- 1, and one more for each re-evaluation that was approved.
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  step TEXT NOT NULL,
  -- SHA-256 over goal, period and status, from epoch 2 on over the epoch too.
  key TEXT NOT NULL,
  -- When it was decided, UTC ms.
  at INTEGER NOT NULL,
  content TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who keeps an agent in a period; id is '<agent key>.<cadence>.<period>'.
CREATE TABLE cohort_keepers (
  id TEXT PRIMARY KEY,
  team TEXT NOT NULL,
  pool TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
