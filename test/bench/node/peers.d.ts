/** As much of the rule engines that are compared with as is used. */
declare module 'json-rules-engine' {
  export class Engine {
    constructor(rules: readonly object[]);
    run(facts: object): Promise<{ readonly events: readonly unknown[] }>;
  }
}

declare module 'json-logic-js' {
  export function apply(logic: object, data: object): unknown;
}
