import { playRange } from './range';

playRange(1, 2);
