import { playRange } from './range';

playRange(0, 2);
