/** What `doctor` makes of what it was told: one finding per check, pure. Refuses nothing. */
import { parseInstant } from '../../kernel/instant.ts';

export interface Finding {
  readonly check: string;
  /** LATE: it works, and somebody should look. */
  readonly state: 'OK' | 'LATE' | 'FAILS';
  readonly says: string;
}

/** As `GET /v1/diagnosis` answers. */
export interface Diagnosis {
  readonly at: string;
  readonly clockSet: boolean;
  readonly secrets: readonly { readonly name: string; readonly state: string }[];
  readonly bindings: readonly { readonly name: string; readonly fault: string | null }[];
  readonly destinations: readonly { readonly name: string; readonly fault: string | null }[] | null;
  readonly migrations: readonly string[] | null;
  readonly crons: readonly string[];
}

/** As `GET /v1/health` answers. */
export interface Health {
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly detail: unknown;
  }[];
}

const finding = (check: string, state: Finding['state'], says: string): Finding => ({
  check,
  state,
  says,
});

export const secretFindings = ({ secrets }: Diagnosis): Finding[] =>
  secrets.map(({ name, state }) => {
    const check = `secret ${name}`;
    if (state === 'PRESENT') return finding(check, 'OK', 'is set');
    if (state === 'SHORT') return finding(check, 'LATE', 'is set, and too short to be safe');
    return finding(check, 'FAILS', `is not set: npx wrangler secret put ${name}`);
  });

export const bindingFindings = ({ bindings }: Diagnosis): Finding[] =>
  bindings.map(({ name, fault }) =>
    finding(`binding ${name}`, fault === null ? 'OK' : 'FAILS', fault ?? 'answers'),
  );

/** One that does not answer is late, not broken: what goes there waits. */
export const destinationFindings = ({ destinations }: Diagnosis): Finding[] =>
  (destinations ?? []).map(({ name, fault }) =>
    finding(`destination ${name}`, fault === null ? 'OK' : 'LATE', fault ?? 'answers'),
  );

export function migrationFinding({ migrations }: Diagnosis, here: readonly string[]): Finding {
  const check = 'migrations';
  if (migrations === null) return finding(check, 'FAILS', 'cannot be read: were any applied?');
  const wanting = here.filter((name) => !migrations.includes(name));
  const unknown = migrations.filter((name) => !here.includes(name));
  if (wanting.length > 0) return finding(check, 'FAILS', `not applied: ${wanting.join(', ')}`);
  if (unknown.length > 0) {
    return finding(check, 'LATE', `this checkout is older: it lacks ${unknown.join(', ')}`);
  }
  return finding(check, 'OK', `all ${here.length} are applied`);
}

export function cronFinding({ crons }: Diagnosis, here: readonly string[]): Finding {
  const check = 'cron triggers';
  const wanting = here.filter((cron) => !crons.includes(cron));
  const missing = crons.filter((cron) => !here.includes(cron));
  if (wanting.length > 0) {
    return finding(check, 'FAILS', `the Worker does not know ${wanting.join(', ')}`);
  }
  if (missing.length > 0) {
    return finding(check, 'FAILS', `wrangler.toml does not fire ${missing.join(', ')}`);
  }
  return finding(check, 'OK', crons.join(', '));
}

const GOOD_SKEW_MS = 5_000;
/** Signed times may be off by five minutes; a minute is too near to that. */
const BAD_SKEW_MS = 60_000;

/** `here` is this machine's clock (UTC ms) when the Worker read its own. */
export function skewFinding({ at, clockSet }: Diagnosis, here: number): Finding {
  const check = 'clock';
  if (clockSet) return finding(check, 'OK', `the sandbox's clock stands at ${at}`);
  const skew = Math.abs((parseInstant(at) ?? 0) - here);
  const says = `${(skew / 1000).toFixed(1)} s off this machine's`;
  return finding(check, skew <= GOOD_SKEW_MS ? 'OK' : skew <= BAD_SKEW_MS ? 'LATE' : 'FAILS', says);
}

const ANCHOR_LATE_MS = 50 * 3_600_000;

/** The daily anchor also tells whether the triggers fire at all. */
export function anchorFinding(
  { at }: Diagnosis,
  newest: { readonly day: string; readonly takenAt: string } | null,
): Finding {
  const check = 'daily anchor';
  if (newest === null) return finding(check, 'LATE', 'none was taken yet; the daily trigger does');
  const age = (parseInstant(at) ?? 0) - (parseInstant(newest.takenAt) ?? 0);
  const late = age > ANCHOR_LATE_MS;
  return finding(check, late ? 'LATE' : 'OK', `the newest is that of ${newest.day}`);
}

const STATES: Readonly<Record<string, Finding['state']>> = { ok: 'OK', late: 'LATE' };

/** Stuck alarms, late events, parked deliveries, the journal: as the Worker itself says. */
export const healthFindings = ({ checks }: Health): Finding[] =>
  checks.map(({ name, status, detail }) => {
    const state = STATES[status] ?? 'FAILS';
    const says = state === 'OK' ? 'ok' : `${status}: ${JSON.stringify(detail)}`;
    return finding(`health ${name}`, state, says);
  });
