/** What the journal writes of pay runs. Data alone. */
import type { JournalTable } from '../ledger/journal';
import { CLAIMS_TABLE, DELTAS_TABLE } from './deltas/delta';
import { DISPUTES_TABLE } from './disputes/dispute';
import { SHEETS_TABLE } from './runs/lines/line';

export const PAY_TABLES: readonly JournalTable[] = [
  SHEETS_TABLE,
  DELTAS_TABLE,
  CLAIMS_TABLE,
  DISPUTES_TABLE,
];
