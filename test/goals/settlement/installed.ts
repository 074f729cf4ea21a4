/** The network of the tests, put in place once a test and taken away after it. */
import { afterEach } from 'vitest';
import { Network } from '../../delivery/network';
import { removeBoard } from '../../worker/io';

let network: Network | null = null;

export function installedNetwork(): Network {
  network?.remove();
  network = new Network().install();
  return network;
}

/** Called once by every file of tests. */
export const cleanedUp = (): void => {
  afterEach(() => {
    network?.remove();
    network = null;
    removeBoard();
  });
};
