/** The Worker under test and an object that does nothing, for benches that compare with it. */
import { DurableObject } from 'cloudflare:workers';

export * from '../worker/entry';
export { default } from '../worker/entry';

/** What a call costs when the object has nothing to do, and when it writes one row. */
export class NothingObject extends DurableObject {
  async nothing(): Promise<null> {
    return null;
  }

  async write(name: string): Promise<null> {
    this.ctx.storage.kv.put(name, { at: 1 });
    return null;
  }
}
