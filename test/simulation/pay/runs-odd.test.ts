import { playPayRuns } from './range';

playPayRuns(1, 2);
