/** The table of bad requests, surface by surface. */
import { boards } from './boards';
import { bodies } from './bodies';
import { csv } from './csv';
import { cursors } from './cursors';
import { decimals } from './decimals';
import { delivery } from './delivery';
import { facts } from './facts';
import { goals } from './goals';
import { headers } from './headers';
import { ids } from './ids';
import { periods } from './periods';
import { plans } from './plans';
import type { BadRow } from './row';
import { rules } from './rules';
import { seasons } from './seasons';
import { signatures } from './signatures';
import { tokens } from './tokens';

export const SURFACES: Readonly<Record<string, readonly BadRow[]>> = {
  headers,
  bodies,
  ids,
  periods,
  decimals,
  plans,
  rules,
  cursors,
  tokens,
  csv,
  signatures,
  goals,
  boards,
  seasons,
  facts,
  delivery,
};

export const BAD: readonly BadRow[] = Object.values(SURFACES).flat();
