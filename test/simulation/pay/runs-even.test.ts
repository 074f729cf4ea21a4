import { playPayRuns } from './range';

playPayRuns(0, 2);
