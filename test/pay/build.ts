/** The guide's plan as printed, and facts of an agent. */
import type { AgentFacts } from '../../src/pay/calculation/facts';

export const SEED_PLAN = {
  plan_id: 'VAR_PAY_Q4_2023',
  base_bonus: 500.0,
  quality_weight: 0.6,
  productivity_weight: 0.4,
  quality_tiers: [
    { min_score: 95, multiplier: 1.2 },
    { min_score: 90, multiplier: 1.0 },
    { min_score: 80, multiplier: 0.8 },
  ],
  productivity_threshold: 0.85,
  min_interactions: 50,
};

interface Asked {
  readonly scores: readonly string[];
  readonly productive?: number;
  readonly loggedIn?: number;
  readonly interactions?: number;
}

export function agentFacts({
  scores,
  productive = 88,
  loggedIn = 100,
  interactions = 145,
}: Asked): AgentFacts {
  return {
    results: scores.map((text, index) => {
      const [whole = '0', places = ''] = text.split('.');
      const score = `${BigInt(whole + places)}/${10n ** BigInt(places.length)}`;
      return { id: `20231001.${index}`, version: 'sc-version-789', score };
    }),
    millis: { talk: productive * 1000, aux: (loggedIn - productive) * 1000 },
    interactions,
  };
}
