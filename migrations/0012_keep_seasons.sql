-- Why: a reset archives and never deletes, and a history of tiers is what an agent is answered with
-- in a dispute. Both are written once, as entries are: whoever changes or removes a row, by whatever
-- statement, is refused by the database. They name people by key only, so forgetting one empties
-- nothing here.

CREATE TRIGGER tier_changes_no_update BEFORE UPDATE ON tier_changes BEGIN SELECT RAISE(ABORT, 'tier changes are append-only'); END;
CREATE TRIGGER tier_changes_no_delete BEFORE DELETE ON tier_changes BEGIN SELECT RAISE(ABORT, 'tier changes are append-only'); END;
CREATE TRIGGER tier_changes_no_replace BEFORE INSERT ON tier_changes
  WHEN EXISTS (SELECT 1 FROM tier_changes WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE: this tier change exists'); END;

CREATE TRIGGER season_archive_no_update BEFORE UPDATE ON season_archive BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER season_archive_no_delete BEFORE DELETE ON season_archive BEGIN SELECT RAISE(ABORT, 'the archive is append-only'); END;
CREATE TRIGGER season_archive_no_replace BEFORE INSERT ON season_archive
  WHEN EXISTS (SELECT 1 FROM season_archive WHERE id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'UNIQUE: this archived agent exists'); END;
