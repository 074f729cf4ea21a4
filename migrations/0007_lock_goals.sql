-- Why: a goal's period is evaluated once, at its boundary. What it came to stands in one row that
-- nothing ever changes, written with whatever the lock brings.

-- Id is '<goal>.<period>'; the same lock has the same id whoever makes it.
CREATE TABLE goal_locks (
  id TEXT PRIMARY KEY,
  goal TEXT NOT NULL,
  period TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ACHIEVED', 'ON_TRACK', 'AT_RISK', 'BEHIND')),
  -- An integer of scale 6 as text: it may be longer than 64 bits.
  metric_value TEXT NOT NULL,
  -- The boundary, UTC ms.
  evaluated_at INTEGER NOT NULL,
  goal_version INTEGER NOT NULL,
  team_version INTEGER NOT NULL,
  -- Seal up to which the event log had been taken in.
  covered INTEGER NOT NULL,
  -- JSON list of [agent key, contribution of scale 6 as text].
  members TEXT NOT NULL,
  seal INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER goal_locks_no_update BEFORE UPDATE ON goal_locks BEGIN SELECT RAISE(ABORT, 'locks are append-only'); END;
CREATE TRIGGER goal_locks_no_delete BEFORE DELETE ON goal_locks BEGIN SELECT RAISE(ABORT, 'locks are append-only'); END;
CREATE TRIGGER goal_locks_no_replace BEFORE INSERT ON goal_locks
  WHEN EXISTS (SELECT 1 FROM goal_locks WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE: this lock exists'); END;
