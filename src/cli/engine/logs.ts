/**
 * Which lines of the runtime are shown. The Worker's own lines are JSON and pass; notices of the
 * runtime about what it has handled itself are dropped, for they read like faults and are none.
 */

export interface LogLine {
  readonly level: string;
  readonly message: string;
}

/** Said about alarms that were moved, clients that hung up and objects that were put to sleep. */
const HARMLESS = [
  /NOSENTRY SQLite alarm/,
  /disconnected: (peer|worker_do_not_log|.*prematurely)/,
  /kj\/async-io.*(Connection reset|Broken pipe|peer unexpectedly)/,
  /Connection reset by peer|Broken pipe/,
];

/** True for a line that somebody should read; `quiet` leaves faults alone. */
export function isShown({ level, message }: LogLine, quiet: boolean): boolean {
  if (HARMLESS.some((harmless) => harmless.test(message))) return false;
  return !quiet || level === 'error';
}

/** Lines go to standard error: standard output is the command's own. */
export function showLog(line: LogLine, quiet: boolean): void {
  if (isShown(line, quiet)) console.error(line.message);
}
