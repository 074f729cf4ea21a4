/**
 * Who owns a state directory. Killing Node leaves its workerd alive on the port and the files, so
 * each run writes both process ids into `serve.pid`, and the next one ends what it finds there.
 * Refuses to end a process whose command line is not ours: ids are used again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../flags.ts';

interface Running {
  readonly pid: number;
  readonly parent: number;
  /** Empty from the moment a process begins to end; its port and files are free only after. */
  readonly command: string;
  /** True once it has ended and only waits for its parent to notice. */
  readonly ended: boolean;
}

const OURS = /workerd|src[/\\]cli[/\\](serve|start)\.ts/;
const PARENT_POLL_MS = 250;
const END_POLL_MS = 50;
const END_POLLS = 100;

const pidFile = (state: string): string => join(state, 'serve.pid');

/** What runs on this machine, by `/proc` where there is one (slim images have no `ps`), else by `ps`. */
const running = (): Running[] => (existsSync('/proc/self/stat') ? byProc() : byPs());

function byProc(): Running[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name in brackets may hold blanks; state and parent follow it.
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [{ pid: Number(name), parent: Number(parent), command, ended: state === 'Z' }];
      } catch {
        return [];
      }
    });
}

function byPs(): Running[] {
  const listed = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  return (listed.stdout ?? '').split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (match === null) return [];
    const [, pid, parent, state = '', command = ''] = match;
    return [{ pid: Number(pid), parent: Number(parent), command, ended: state.startsWith('Z') }];
  });
}

/** What is noted in a directory: Node first, then its engines. */
export function pidsIn(state: string): number[] {
  try {
    return readFileSync(pidFile(state), 'utf8').split('\n').map(Number).filter(Boolean);
  } catch {
    return [];
  }
}

/** Ends what an earlier run left on this directory, and waits until it is gone; true if it did. */
export async function endFormerRun(state: string): Promise<boolean> {
  const former = new Set(pidsIn(state).filter((pid) => pid !== process.pid));
  if (former.size === 0) return false;
  const stale = running().filter(({ pid, command }) => former.has(pid) && OURS.test(command));
  const pids = new Set(stale.map(({ pid }) => pid));
  for (const pid of pids) kill(pid);
  const alive = (): boolean => running().some(({ pid, ended }) => pids.has(pid) && !ended);
  for (let polls = 0; alive(); polls += 1) {
    if (polls === END_POLLS) {
      throw new UsageError(`another run still uses ${state}: ${[...pids].join(', ')}`);
    }
    await pause(END_POLL_MS);
  }
  return pids.size > 0;
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between the look and the signal.
  }
}

/** Makes the directory this process's own, before anything of it is written there. */
export function claim(state: string): void {
  mkdirSync(state, { recursive: true });
  writeFileSync(pidFile(state), `${process.pid}\n`);
}

/** Writes this process and the workerd processes under it into the directory. */
export function noteOwnRun(state: string): void {
  const all = running();
  const mine = new Set([process.pid]);
  for (let before = 0; before !== mine.size; ) {
    before = mine.size;
    for (const { pid, parent } of all) if (mine.has(parent)) mine.add(pid);
  }
  const engines = all.filter(({ pid, command }) => mine.has(pid) && /workerd/.test(command));
  writeFileSync(pidFile(state), `${[process.pid, ...engines.map(({ pid }) => pid)].join('\n')}\n`);
}

export const forgetOwnRun = (state: string): void => rmSync(pidFile(state), { force: true });

/** Removes a throw-away directory with all it holds, if this process has claimed it. */
export function removeOwnRun(state: string): void {
  if (pidsIn(state)[0] === process.pid) remove(state);
}

/**
 * Removes what throw-away runs left that could not do it themselves: those directories in `folder`
 * whose names begin so and whose process is gone. An engine that outlived it is ended first.
 */
export async function removeDeadRuns(folder: string, beginning: string): Promise<void> {
  if (!existsSync(folder)) return;
  const states = readdirSync(folder).filter((name) => name.startsWith(beginning));
  const alive = new Set(running().flatMap(({ pid, command }) => (OURS.test(command) ? [pid] : [])));
  for (const state of states.map((name) => join(folder, name))) {
    const [owner] = pidsIn(state);
    if (owner !== undefined && alive.has(owner)) continue;
    await endFormerRun(state);
    remove(state);
  }
}

/** An engine that is just ending may still write a file while its directory is emptied. */
const remove = (state: string): void =>
  rmSync(state, { recursive: true, force: true, maxRetries: 5 });

/**
 * Calls `end` once, and `last`, which must not wait, when the process is about to be gone: on a
 * signal, or when the parent is another than at the start. npm and shells are killed without passing
 * it on, so the parent is looked at from the first line on.
 */
export function endWith(end: () => Promise<void>, last: () => void): void {
  const parent = process.ppid;
  let ending = false;
  const once = (): void => {
    if (ending) return;
    ending = true;
    // Miniflare ends the process on a signal too, and may be first.
    process.on('exit', last);
    void end().finally(() => process.exit(0));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, once);
  setInterval(() => {
    if (process.ppid !== parent) once();
  }, PARENT_POLL_MS).unref();
}
