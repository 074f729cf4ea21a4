/** Everything a run's pages are a function of: what it pinned and the seal of its first row. Refuses nothing. */
import type { Plan } from '../plans/plan';
import type { LineSetting } from './lines/line';
import type { Run } from './run';

export interface RunSetting extends LineSetting {
  readonly name: string;
  readonly run: Run;
  /** As of which the books count, and its time: the time of the calculation. */
  readonly seal: number;
  readonly at: number;
  readonly plan: Plan;
}
