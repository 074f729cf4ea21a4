/**
 * By what a person is recognised in what was written: every id and name the directory ever had of
 * them. Decides whether a text names the person. An id in a field that holds a person's id must be
 * equal; elsewhere it must stand as a word of its own. What is too short or all digits counts only
 * as a whole value: `7` is not the person in `7 minutes`.
 */
import { type Agent, addressesOf } from '../agent';

export interface Person {
  readonly agentKey: string;
  /** Lower case, each once. */
  readonly words: readonly string[];
}

const WHOLE_BELOW = 4;
const DIGITS = /^[0-9]+$/;

/** Ids, names and mail addresses of all versions of an agent. */
export function personOfVersions(agentKey: string, versions: readonly Agent[]): Person {
  const words = versions.flatMap((agent) => [
    agent.agentId,
    agent.name ?? '',
    agent.employeeId ?? '',
    ...Object.values(agent.platformIds),
    ...Object.values(agent.attributes).filter((value) => isAddress(value)),
  ]);
  const plain = words.map((word) => normal(String(word))).filter((word) => word !== '');
  return { agentKey, words: [...new Set(plain)] };
}

const isAddress = (value: unknown): boolean => typeof value === 'string' && value.includes('@');

const normal = (text: string): string => text.normalize('NFC').trim().toLowerCase();

/** Every address of an agent in all versions, for tombstones. */
export const addressesOfVersions = (versions: readonly Agent[]): string[] => [
  ...new Set(versions.flatMap((agent) => addressesOf(agent).map(({ text }) => text))),
];

/** Fields whose whole value is somebody's id. */
const PERSON_FIELD = /^(mentor|mentee|agent|user|employee|evaluator|person)_?(id|key)$/i;
const ID_FIELD = /id$/i;

/** True when a text, JSON or not, names the person. */
export function namesPerson(person: Person, text: string | null | undefined): boolean {
  if (text === null || text === undefined || text === '') return false;
  const lower = normal(text);
  // Most texts name nobody; `\u` may hide a letter, so such a text is read whole.
  if (!lower.includes('\\u') && !person.words.some((word) => lower.includes(escaped(word)))) {
    return false;
  }
  const parsed = parse(text);
  return parsed === undefined ? says(person, lower, 'prose') : valueNames(person, parsed, '');
}

/** As the word stands inside JSON text. */
const escaped = (word: string): string => JSON.stringify(word).slice(1, -1);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueNames(person: Person, value: unknown, field: string): boolean {
  if (typeof value === 'string') {
    const text = normal(value);
    if (PERSON_FIELD.test(field)) return person.words.includes(text);
    return says(person, text, ID_FIELD.test(field) || field === '' ? 'id' : 'value');
  }
  if (typeof value === 'number') {
    return ID_FIELD.test(field) && person.words.includes(String(value));
  }
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((one) => valueNames(person, one, field));
  return Object.entries(value).some(
    ([name, one]) => says(person, normal(name), 'value') || valueNames(person, one, name),
  );
}

/** What kind of text it is: how much a short word or a number means there. */
type Place = 'id' | 'value' | 'prose';

function says(person: Person, text: string, place: Place): boolean {
  return person.words.some((word) => {
    const short = word.length < WHOLE_BELOW;
    const weak = short || DIGITS.test(word);
    if (!weak || (place === 'prose' && !short)) return standsIn(text, word);
    return place === 'id' && text === word;
  });
}

const WORD = /[\p{L}\p{N}]/u;

/** True when the word occurs with no letter or digit on either side. */
function standsIn(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = text.slice(0, at).at(-1) ?? '';
    const after = text.charAt(at + word.length);
    if (!WORD.test(before) && !WORD.test(after)) return true;
  }
  return false;
}
