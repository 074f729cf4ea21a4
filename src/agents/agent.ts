/** A person whose work is counted. The ledger knows only the key; this can be erased. */
export interface Agent {
  readonly agentId: string;
  readonly name: string | null;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'LEFT';
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly platformIds: Readonly<Record<string, string>>;
  readonly employeeId: string | null;
}
