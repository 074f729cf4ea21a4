import { afterEach, expect, test } from 'vitest';
import { awardSet, count, Network, NOON, verdicts, type Weather, warm, wrongIn } from './books';

afterEach(async () => {
  expect(await wrongIn()).toBeNull();
});

/** The given weather for the next write, then fine. */
const onNextWrite = (network: Network, weather: Weather): void => {
  network.forecast = (kind) => {
    if (kind !== 'write') return 'fine';
    network.forecast = () => 'fine';
    return weather;
  };
};

test('a twin loses the race for the seal, looks and goes on', async () => {
  const [one, other] = [await warm(), await warm()];
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(
      [one, other].flatMap((books) =>
        Array.from({ length: 8 }, (_, index) =>
          books.commit(awardSet(`twin-${round}-${index}`), NOON),
        ),
      ),
    );
    expect(verdicts(answers)).toEqual({ committed: 16 });
    const seals = answers.map((answer) => answer.verdict === 'committed' && answer.seal);
    expect(seals.slice(0, 8)).toEqual(seals.slice(8));
  }
});

test('a doubled batch dies whole on the seal', async () => {
  const network = new Network();
  const books = await warm(network);
  onNextWrite(network, 'twice');
  expect((await books.commit(awardSet('doubled'), NOON)).verdict).toBe('committed');
  expect((await books.commit(awardSet('after-doubled'), NOON)).verdict).toBe('committed');
});

test('a lost answer is found by looking', async () => {
  const network = new Network();
  const books = await warm(network);
  onNextWrite(network, 'lost-after');
  const writes = network.writes;
  expect((await books.commit(awardSet('lost'), NOON)).verdict).toBe('committed');
  expect(network.writes - writes).toBe(1);
});

test('a batch that failed before it was committed is written again', async () => {
  const network = new Network();
  const books = await warm(network);
  onNextWrite(network, 'lost-before');
  const writes = network.writes;
  expect((await books.commit(awardSet('failed'), NOON)).verdict).toBe('committed');
  expect(network.writes - writes).toBe(2);
});

test('a batch reported lost and executed later changes nothing', async () => {
  const network = new Network();
  const books = await warm(network);
  onNextWrite(network, 'ghost');
  const set = awardSet('haunted');
  expect((await books.commit(set, NOON)).verdict).toBe('committed');
  const before = await count('entries');
  for (const ghost of network.ghosts) await expect(ghost()).rejects.toThrow('UNIQUE');
  expect(await count('entries')).toBe(before);
  expect((await books.commit({ ...set, resent: true }, NOON)).verdict).toBe('committed');
});

test('a ghost that comes between the look and the write is found at the next look', async () => {
  const network = new Network();
  const books = await warm(network);
  onNextWrite(network, 'ghost');
  const first = network.forecast;
  network.forecast = (kind) => {
    const weather = first(kind);
    network.forecast = (next) => {
      if (next === 'write') return 'fine';
      network.gate = Promise.resolve(network.ghosts[0]?.()).then(() => undefined);
      return 'fine';
    };
    return weather;
  };
  expect((await books.commit(awardSet('overtaken'), NOON)).verdict).toBe('committed');
});

test('after eight turns that came to nothing the caller hears retry and may send again', async () => {
  const network = new Network();
  const books = await warm(network);
  network.forecast = (kind) => (kind === 'write' ? 'lost-before' : 'fine');
  const writes = network.writes;
  expect(await books.commit(awardSet('unlucky'), NOON)).toEqual({ verdict: 'retry' });
  expect(network.writes - writes).toBe(8);
  network.forecast = () => 'fine';
  const later = NOON + 1_000;
  expect((await books.commit(awardSet('unlucky'), later)).verdict).toBe('committed');
});
