// Two processes do something to one message at once: each thing happened before the other or was refused, and log, views and
// frames agree on which.

import { beforeAll, expect, test } from 'vitest';
import { decode } from '../../src/domain/codec.ts';
import { streams } from '../../src/domain/streams.ts';
import { describeOnSite, newName, type Process } from '../support/distributed.ts';
import type { Person } from '../support/program.ts';
import { type Client, listening } from '../support/sockets.ts';

/** Half of them begin at one process, half at the other. */
const ROUNDS = 8;

await describeOnSite('two processes at one message', {}, (site) => {
  let a: Process;
  let b: Process;
  let [ann, ben] = [] as unknown as [Person, Person];
  let team: string;
  let sockets: readonly Client[];
  let start: number;
  beforeAll(async () => {
    [a, b] = await Promise.all([site.start({ ERASE_GRACE: '0' }), site.start({ ERASE_GRACE: '0' })]);
    [ann, ben] = [await a.person(newName('ann')), await b.person(newName('ben'))];
    const json = { name: newName('team'), memberIds: [ben.id] };
    team = (await a.call('POST', '/v1/groups', { token: ann.token, json })).json.id;
    sockets = [await listening(a, ann.token), await listening(b, ben.token)];
    start = await site.events.head();
  }, 60_000);

  const at = (id: string): string => `/v1/conversations/${team}/messages/${id}`;
  const say = async (text: string) => {
    const { json } = await a.call('POST', `/v1/conversations/${team}/messages`, { token: ann.token, json: { text } });
    for (const socket of sockets) await socket.next('message', { position: json.position });
    return json as { readonly id: string; readonly position: number };
  };

  /** What happened to the message, by the log. */
  const historyOf = async (id: string): Promise<readonly string[]> =>
    (await site.events.readStream(streams.message(`${team}-${id}`))).map(({ type }) => type);

  /** What each socket was told of the message, once all of it was told. */
  const toldOf = async (id: string): Promise<readonly (readonly string[])[]> => {
    await say('marker');
    return sockets.map(({ frames }) =>
      frames.filter(({ type, messageId }) => messageId === id && type !== 'ready').map(({ type }) => type),
    );
  };

  /** The message at both processes, up to the end of the log. */
  const shown = async (id: string) => {
    const headers = { 'X-Min-Position': String(await site.events.head()) };
    const replies = await Promise.all([
      a.call('GET', at(id), { token: ann.token, headers }),
      b.call('GET', at(id), { token: ben.token, headers }),
    ]);
    expect(replies[1].json).toEqual(replies[0].json);
    return replies[0].json;
  };

  /** Both at once; which process does which alternates. */
  const race = <One, Other>(round: number, one: (by: Process) => One, other: (by: Process) => Other) => {
    const [first, second] = round % 2 === 0 ? [a, b] : [b, a];
    return Promise.all([one(first), other(second)]);
  };

  test('every edit is erased with the message, or refused', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await say('canary at first');
      // One after the other, until the message is no more.
      const editing = async (by: Process): Promise<number> => {
        for (let edits = 0; ; edits++) {
          const json = { text: `canary edited ${edits}` };
          const { status, json: said } = await by.call('PATCH', at(id), { token: ann.token, json });
          if (status === 200) continue;
          expect(said.code).toBe('message-removed');
          return edits;
        }
      };
      const [edits, erased] = await race(round, editing, (by) =>
        by.call('PUT', `${at(id)}/erasure`, { token: ann.token }),
      );
      expect(erased.status).toBe(202);
      expect(await historyOf(id)).toEqual([...Array.from({ length: edits }, () => 'MessageEdited'), 'MessageErased']);
      for (const told of await toldOf(id)) {
        // A process that learns of both at once does not tell of an edit.
        expect(told.filter((type) => type !== 'message-edited')).toEqual(['message-erased']);
        expect(told.at(-1)).toBe('message-erased');
      }
      expect(await shown(id)).toMatchObject({ text: '', erased: true });
      for (const event of await site.events.readStream(streams.message(`${team}-${id}`)))
        expect(JSON.stringify(decode(event))).not.toContain('canary');
    }
    for (const [process, { token }] of [
      [a, ann],
      [b, ben],
    ] as const) {
      expect((await process.call('GET', '/v1/search?q=canary', { token })).json.items).toEqual([]);
      const back = await listening(process, token, { after: start });
      expect(JSON.stringify(back.frames)).not.toContain('canary');
      back.close();
    }
  });

  test('a reaction came before the removal, or is refused', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await say('for a while');
      const [removed, reacted] = await race(
        round,
        (by) => by.call('DELETE', at(id), { token: ann.token }),
        (by) => by.call('PUT', `${at(id)}/reactions/${encodeURIComponent('👍')}`, { token: ben.token }),
      );
      expect(removed.status).toBe(204);
      const isReacted = reacted.status === 204;
      if (!isReacted) expect(reacted.json.code).toBe('message-removed');
      const history = await historyOf(id);
      expect(history).toEqual([...(isReacted ? ['ReactionAdded'] : []), 'MessageRemoved']);
      const frames = { ReactionAdded: 'reaction-added', MessageRemoved: 'message-removed' } as Record<string, string>;
      for (const told of await toldOf(id)) expect(told).toEqual(history.map((type) => frames[type]));
      expect(await shown(id)).toMatchObject({ text: '', reactions: [] });
    }
  });

  test('the views are those that the log makes', async () => {
    await site.settled();
    expect(JSON.stringify(await site.viewsDump())).not.toContain('canary');
    await site.isLikeRebuilt();
  });
});
