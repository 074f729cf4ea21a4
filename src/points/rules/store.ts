/** Named reads of rules. Few in number, so all versions are read at once. Writes nothing. */
import { readAllVersions } from '../../ledger/store';
import { RULE_KIND, type Rule, type RuleVersion } from './rule';

/** Every version of every rule, by id and version. */
export const readRules = (db: D1Database): Promise<RuleVersion[]> =>
  readAllVersions<Rule>(db, RULE_KIND);

/** The newest version of each rule, by id. */
export function latestRules(versions: readonly RuleVersion[]): RuleVersion[] {
  return [...new Map(versions.map((version) => [version.name, version])).values()];
}
