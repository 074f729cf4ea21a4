/**
 * The least that intake can be: a Worker that checks the MAC with a key it keeps, parses the event
 * and hands it to one object, which keeps it and sets an alarm; after the answer, where it is asked
 * to, the event and its body go to D1 in one batch. No schema, no source, no agent, no audit.
 */
import { DurableObject } from 'cloudflare:workers';

export class BareObject extends DurableObject {
  async accept(event) {
    return this.ctx.storage.transactionSync(() => {
      const events = this.ctx.storage.kv.get('events') ?? [];
      if (events.some(({ eventId }) => eventId === event.eventId)) return 'duplicate';
      this.ctx.storage.kv.put('events', [...events, event]);
      void this.ctx.storage.setAlarm(Date.now() + 600_000);
      return 'accepted';
    });
  }

  async alarm() {}
}

let key;

const cachedKey = async (secret) =>
  (key ??= await crypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  ));

export default {
  async fetch(request, env, ctx) {
    const bytes = await request.arrayBuffer();
    const mac = Buffer.from(request.headers.get('x-webhook-signature') ?? '', 'hex');
    if (!(await crypto.subtle.verify('HMAC', await cachedKey(env.SECRET), mac, bytes))) {
      return new Response(null, { status: 401 });
    }
    const text = new TextDecoder().decode(bytes);
    const event = JSON.parse(text);
    const { eventId, coachingSessionId } = event;
    const status = await env.SESSIONS.getByName(coachingSessionId).accept(event);
    if (env.WRITES === 'true') {
      ctx.waitUntil(
        env.DB.batch([
          env.DB.prepare('INSERT INTO events VALUES (?, ?, ?)').bind(
            eventId,
            coachingSessionId,
            text,
          ),
          env.DB.prepare('INSERT INTO bodies VALUES (?, ?)').bind(eventId, text),
        ]),
      );
    }
    return Response.json({ status, eventId });
  },
};
