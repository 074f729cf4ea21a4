/**
 * Plants bugs in a build of the Worker that only tests make. Production code has no switch for
 * them: as a source file is loaded, each expression that a bug replaces becomes
 * `(planted is the bug ? wrong : right)`, so one build holds them all and each sleeps until
 * `globalThis.planted` names it. Refuses to load a file in which an expression is not found exactly
 * once: a bug that is planted nowhere any more must fail, not be found by nobody.
 */
import type { Edit, PlantedBug } from './bug.ts';
import { BUGS } from './bugs.ts';

/** The part of a Vite plugin that is used. */
interface SourcePlugin {
  readonly name: string;
  readonly enforce: 'pre';
  transform(code: string, id: string): { code: string; map: null } | null;
}

interface Named extends Edit {
  readonly bug: string;
}

const editsOf = (bugs: readonly PlantedBug[]): Named[] =>
  bugs.flatMap(({ id, edits }) => edits.map((edit) => ({ ...edit, bug: id })));

/** Where the expression stands; `within` tells apart two that read alike. */
function placeOf(code: string, { file, right, within = right, bug }: Named): number {
  const around = code.indexOf(within);
  const isOnce = around >= 0 && code.indexOf(within, around + 1) < 0;
  if (!isOnce) throw new Error(`${bug}: ${file} does not hold exactly once: ${within}`);
  const at = within.indexOf(right);
  if (at < 0) throw new Error(`${bug}: ${within} does not hold ${right}`);
  return around + at;
}

/** The source with every bug in it, asleep. */
export function withBugs(code: string, edits: readonly Named[]): string {
  const places = Map.groupBy(edits, (edit) => placeOf(code, edit));
  let planted = code;
  // From the end, so that the places before it stay where they are.
  for (const [at, own] of [...places].toSorted(([a], [b]) => b - a)) {
    const [first] = own;
    if (first === undefined) continue;
    const chain = own
      .map(({ bug, wrong }) => {
        const said = wrong.replaceAll('RIGHT', `(${first.right})`);
        return `globalThis.planted === '${bug}' ? (${said}) : `;
      })
      .join('');
    const end = at + first.right.length;
    planted = `${planted.slice(0, at)}(${chain}(${first.right}))${planted.slice(end)}`;
  }
  return planted;
}

/** What is planted, by the file it is planted in. */
export const plantedFiles = (): ReadonlyMap<string, readonly Named[]> =>
  Map.groupBy(editsOf(BUGS), ({ file }) => file);

export function plantedBugs(): SourcePlugin {
  const byFile = plantedFiles();
  return {
    name: 'planted-bugs',
    enforce: 'pre',
    transform(code, id) {
      const [path = ''] = id.replaceAll('\\', '/').split('?');
      const found = [...byFile].find(([file]) => path.endsWith(`/${file}`));
      return found === undefined ? null : { code: withBugs(code, found[1]), map: null };
    },
  };
}
