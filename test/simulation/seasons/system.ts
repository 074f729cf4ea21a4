/**
 * Seasons and routing in the simulation: a season ends in the middle of the week, its reset is
 * triggered from all sides and crashes everywhere, its platform fails in every way, and interactions
 * are routed all along. Sets it up as an operator would; `truth.ts` and `routing.ts` judge.
 */
import { env } from 'cloudflare:workers';
import { agentPoints } from '../../../src/ledger/account';
import { commit } from '../../../src/ledger/client';
import { beginsAt, endsAt } from '../../oracle/seasons';
import { database } from '../../worker/database';
import { agentIds, type Books } from '../books';
import { DeliveryOperator } from '../delivery/operator';
import { OBJECT_MODES } from '../faults';
import type { History } from '../history';
import type { Operation, PlannedEvent } from '../plan';
import { type Player, system } from '../system';
import { changesClocks } from '../zones';
import { Desk } from './desk';
import { drawSeasons } from './draw';
import { hireCrowd } from './further/crowd';
import { earningRows } from './further/earning';
import {
  type Annex,
  FURTHER_TROUBLES,
  FurtherPlayer,
  furtherBody,
  openAnnex,
} from './further/player';
import { VAULT } from './further/vault';
import {
  GROUP,
  OWN_CATEGORY,
  type PlannedEarning,
  POINT,
  SEASON_TROUBLES,
  type SeasonsOperation,
  type SeasonsPart,
  THRESHOLDS,
} from './plan';
import { openPlatform, PLATFORM, PLATFORM_TROUBLES, type Platform } from './platform';
import { brokenRouting } from './routing';
import { archivedAgents, brokenSeasons, rowsOf, runsOf } from './truth';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CRONS = ['7 * * * *', '*/5 * * * *', '7 * * * *', '*/5 * * * *'];
/** The day from which on the platform of a history fails no more. */
const LAST_FAULTS = 5;

class SeasonsPlayer implements Player {
  readonly history: History;
  readonly part: SeasonsPart;
  readonly platform: Platform;
  readonly desk: Desk;
  readonly further: FurtherPlayer;
  readonly vault: Annex['vault'];
  readonly telephony: Annex['telephony'];
  /** Agents who have been told to have left. */
  readonly left = new Set<string>();
  readonly joined = new Set<string>();
  shown = '';
  readonly #operators: readonly DeliveryOperator[];
  readonly #keys = new Map<string, string>();
  /** Keys of earnings whose turn has come; a history may end before that of others. */
  readonly told: Set<string>;
  #unsure: PlannedEarning[] = [];
  #lastCron: number;

  constructor(history: History, part: SeasonsPart, platform: Platform, annex: Annex) {
    this.history = history;
    this.part = part;
    this.platform = platform;
    this.told = new Set(part.further.crowd.earnings.map(({ key }) => key));
    const isThere = (agent: string): boolean => agent !== 'season-joiner' || this.joined.has(agent);
    this.desk = new Desk(history, endsAt(part.season), isThere);
    this.further = new FurtherPlayer(history, part, (agentId) => this.keyOf(agentId));
    this.vault = annex.vault;
    this.telephony = annex.telephony;
    this.#operators = [PLATFORM, ...(annex.vault === null ? [] : [VAULT])].map(
      (destination) => new DeliveryOperator(history, destination),
    );
    this.#lastCron = history.world.now;
  }

  async perform(operation: Operation): Promise<void> {
    const own = operation as SeasonsOperation;
    await this.further.catchUp();
    switch (own.kind) {
      case 'earn':
        return this.#earn(this.part.earnings.filter(({ key }) => own.keys.includes(key)));
      case 'cron':
        return this.#cron(own.cron, own.times);
      case 'trigger':
        return this.#trigger(own.times);
      case 'join':
      case 'leave':
        if (this.history.postpone(operation)) return;
        return this.#staff(own.kind, own.agent);
      case 'decide':
        for (const agent of own.agents) await this.desk.decide(agent, own.interaction);
        return;
      case 'release':
        return this.desk.release(own.agent, own.interaction);
      case 'select':
        return this.desk.select(own.selection, own.isOfStrangers);
      case 'load':
        return this.desk.load(own.agent, own.concurrent);
      case 'volume':
        return this.telephony?.tell(own.value);
    }
  }

  async #cron(cron: string, times: number): Promise<void> {
    const { world, machine } = this.history;
    if (world.now - this.#lastCron > 2 * DAY) this.history.trouble('days without cron');
    this.#lastCron = world.now;
    for (let nth = 0; nth < times; nth += 1) await machine.cron(cron);
  }

  /** From all sides in one instant; cron and the signed trigger come beside it. */
  async #trigger(times: number): Promise<void> {
    if (times > 1) this.history.trouble('two triggers at once');
    const path = `/v1/seasons/${this.part.season.id}/reset`;
    const { world, machine } = this.history;
    await Promise.all([
      world.atOnce(
        'POST',
        Array.from({ length: times }, () => path),
      ),
      times > 1 ? machine.cron('*/5 * * * *') : null,
    ]);
  }

  async #staff(kind: 'join' | 'leave', agentId: string): Promise<void> {
    this.history.trouble(`season agent ${kind}s`);
    await this.history.world.must('PUT', `/v1/agents/${agentId}`, {
      name: agentId,
      status: kind === 'join' ? 'ACTIVE' : 'LEFT',
      groups: [GROUP],
      attributes: {},
    });
    (kind === 'join' ? this.joined : this.left).add(agentId);
  }

  async keyOf(agentId: string): Promise<string> {
    const known = this.#keys.get(agentId);
    if (known !== undefined) return known;
    const row = await database()
      .prepare(
        "SELECT name FROM config WHERE kind = 'agent' AND json_extract(content, '$.agentId') = ?",
      )
      .bind(agentId)
      .first<{ name: string }>();
    if (row === null) throw new Error(`nobody is ${agentId}`);
    this.#keys.set(agentId, row.name);
    return row.name;
  }

  /** What a settlement would post; sent again until it was heard. */
  async #earn(earnings: readonly PlannedEarning[]): Promise<void> {
    const { season, next } = this.part;
    const { now } = this.history.world;
    for (const earning of earnings) {
      const { agent, amount, occurredAt, cause, key } = earning;
      this.told.add(key);
      // What is taken back was earned before.
      const isOpen = this.#unsure.some((one) => one.cause === cause && one.amount > 0);
      if (amount < 0 && isOpen) {
        this.#unsure.push(earning);
        continue;
      }
      if (now >= endsAt(season) && occurredAt < endsAt(season))
        this.history.trouble(amount < 0 ? 'season revocation late' : 'season award late');
      const inFirst = occurredAt >= beginsAt(season) && occurredAt < endsAt(season);
      const account = agentPoints(
        await this.keyOf(agent),
        OWN_CATEGORY,
        inFirst ? season.id : next.id,
      );
      const rows = earningRows(earning, account, now);
      // Said again with another time of recording it would be another content.
      const id = rows[0]?.id ?? '';
      const there = await database()
        .prepare('SELECT id FROM entries WHERE id = ?')
        .bind(id)
        .first();
      if (there !== null) continue;
      const { verdict } = await commit(env, { rows }, now);
      if (verdict !== 'committed') this.#unsure.push(earning);
    }
  }

  troublesOf = ({ key }: PlannedEvent): string[] =>
    key.startsWith('season-trigger') ? ['signed season trigger'] : [];

  /** What was not heard of is said once more. */
  async heal(): Promise<void> {
    await this.further.catchUp();
    await this.#earn(this.#unsure.splice(0));
  }

  async attend(day: number): Promise<void> {
    if (day < LAST_FAULTS) return;
    this.platform.calm = true;
    if (this.vault !== null) this.vault.calm = true;
    for (const operator of this.#operators) await operator.seeTo();
  }

  /** Two days more, so that a grace that has just ended has had its window. */
  async settle(): Promise<void> {
    const { world, machine } = this.history;
    for (const cron of CRONS) {
      world.advanceTo(world.now + 5 * 60_000);
      await machine.cron(cron);
      await machine.runDue(world.now + (cron === '7 * * * *' ? HOUR : 26 * HOUR));
    }
    // The night and what follows from it.
    for (const cron of ['7 * * * *', '*/5 * * * *', '23 2 * * *', '*/5 * * * *']) {
      await machine.cron(cron);
      await machine.runDue(world.now + 10 * 60_000);
    }
    for (const { agentId } of this.history.plan.people)
      await this.desk.decide(agentId, 'at the end');
  }

  /** What the season's object says of itself, for whoever must find out why a reset did not end. */
  async look(): Promise<void> {
    const path = `/v1/seasons/${this.part.season.id}/reset`;
    const { body } = await this.history.world.operator('GET', path);
    this.shown = JSON.stringify(body).slice(0, 600);
  }

  broken(books: Books): string[] {
    this.platform.tell(this.history);
    if (changesClocks(this.part.zone, this.history.plan.startAt, 24))
      this.history.trouble('clocks change');
    return [...brokenSeasons(this, books), ...brokenRouting(this, books)];
  }

  state = (books: Books): string[] =>
    archivedAgents(books, this.part.season.id)
      .map((key) => `archived ${agentIds(books).get(key)}`)
      .sort();

  transitions = (books: Books): string[] => [
    ...runsOf(books).flatMap(({ wave, by, ended }) => [
      `ASKED BY ${by} > ${wave}`,
      ...(ended === null ? [] : [`${wave} > DONE`]),
    ]),
    ...rowsOf(books, 'tier_changes').flatMap(({ reason }) =>
      reason === 'GRACE_REOPENED' ? ['GRACE > REOPENED'] : [],
    ),
  ];
}

export type { SeasonsPlayer };

export const seasons = system<SeasonsPart>({
  name: 'seasons',
  partakes: (seed) => seed % 12 === 2 || seed % 48 === 7,
  places: { season: OBJECT_MODES, seat: OBJECT_MODES, queue: OBJECT_MODES },
  troubles: [...PLATFORM_TROUBLES, ...FURTHER_TROUBLES, ...SEASON_TROUBLES],
  transitions: [
    'ASKED BY cron > RESET',
    'ASKED BY api > RESET',
    'ASKED BY trigger > RESET',
    'RESET > DONE',
    'GRACE > DONE',
    'GRACE > REOPENED',
  ],
  draw: drawSeasons,
  open: async (history, part) => {
    const { world } = history;
    const platform = await openPlatform(history, part.preset, part.platform);
    const annex = await openAnnex(history, part);
    const bodyOf = ({ firstDay, lastDay, zone }: SeasonsPart['season']) => ({
      categories: part.categories,
      startDay: firstDay,
      endDay: lastDay,
      timeZone: zone,
      thresholds: Object.fromEntries(
        THRESHOLDS.map(([name, points]) => [name, String(points / POINT)]),
      ),
      decay: { factor: part.factor },
      graceDays: part.graceDays,
      resetPolicy: part.policy,
      maintenanceWindow: part.window,
      target_groups: part.forEverybody ? [] : [GROUP],
      destinations: [PLATFORM],
      ...furtherBody(part),
    });
    for (const one of [part.season, part.successor]) {
      if (one !== null) await world.must('PUT', `/v1/seasons/${one.id}`, bodyOf(one));
    }
    const player = new SeasonsPlayer(history, part, platform, annex);
    const { crowd } = part.further;
    await hireCrowd(history, crowd, part.season.id, (agentId) => player.keyOf(agentId));
    return player;
  },
});
