// A request to erase waits for its time of grace, can be taken back, and is carried out whatever happens in between.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import { erasePerson } from '../../src/commands/requestErasure.ts';
import { visitor } from '../../src/domain/accessFacts.ts';
import { decode } from '../../src/domain/codec.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { makeEnquiry as decideEnquiry } from '../../src/domain/message.ts';
import { Unavailable } from '../../src/store/ports.ts';
import type { Stores } from '../../src/stores.ts';
import { canaries } from '../support/canaries.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { isDistributed } from '../support/stores.ts';
import { viewsDump } from '../support/viewsDump.ts';

const DAYS = 24 * 3_600_000;
let dataDir: string;
let program: Program;
let stores: Stores;
const start = async (days = 0, around = (opened: Stores) => opened): Promise<void> => {
  const now = () => new Date(Date.now() + days * DAYS);
  const keep = (opened: Stores): Stores => {
    stores = around(opened);
    return stores;
  };
  program = await startProgram({ dataDir, now, stores: keep });
};
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'verbatim-erasing-'));
  await start();
});
afterAll(async () => {
  await program.close();
  await rm(dataDir, { recursive: true, force: true });
});

const erase = (person: Person) => program.call('DELETE', '/v1/me?erase=true', { token: person.token, json: {} });
const certified = async (targetId: string): Promise<void> => {
  for await (const batch of program.services.events.follow(0, AbortSignal.timeout(20_000)))
    if (batch.some(({ type, stream }) => type === 'ErasureCertified' && stream === `erasure-${targetId}`)) return;
  throw new Error(`${targetId} was not erased`);
};

describe('in its time of grace', () => {
  test('nothing changes, and the request can be taken back by whom it is about, or an admin', async () => {
    const [ann, ben, admin] = [await program.person('ann'), await program.person('ben'), await program.person('boss')];
    await program.grant(admin.id, 'admin');
    const { status, json } = await erase(ann);
    expect([status, json.erasure.standing, json.erasure.certificate]).toEqual([202, 'requested', null]);
    expect(Date.parse(json.erasure.dueAt) - Date.now()).toBeGreaterThan(6 * DAYS);
    expect((await program.call('GET', '/v1/me', { token: ann.token })).json.username).toBe('ann');
    const path = `/v1/erasures/${ann.id}`;
    expect((await program.call('DELETE', path, { token: ben.token })).json.code).toBe('erasure-unknown');
    expect((await program.call('DELETE', path, { token: ann.token })).status).toBe(204);
    expect((await program.call('DELETE', path, { token: ann.token })).json.code).toBe('erasure-unknown');
    expect((await program.call('PUT', `/v1/users/${ann.id}/erasure`, { token: admin.token })).status).toBe(202);
    expect((await program.call('DELETE', path, { token: admin.token })).status).toBe(204);
    expect((await erase(ann)).status).toBe(202);
  });
});

describe('after it', () => {
  let ann: Person;
  let deskId: string;
  const desk = { room: 'shop', name: 'Canary Ann', email: 'cleo@example.org', answer: 'Thank you, Canary Ann' };
  const enquire = (text: string) =>
    makeEnquiry(
      program.services.core,
      { actorId: ann.id, address: null, correlationId: 'test', signedInAt: new Date() },
      { ...desk, text },
    );
  let hidden: readonly string[];
  beforeAll(async () => {
    ann = await program.person('cleo');
    ({ conversationId: deskId } = await enquire('canary question'));
    await program.settled();
    await erase(ann);
    await program.close();
    // The keys cannot be destroyed: the process dies with the erasure half done.
    let failed = (): void => undefined;
    const tried = new Promise<void>((resolve) => {
      failed = resolve;
    });
    await start(8, (opened) =>
      instead(opened, {
        events: instead(opened.events, {
          destroy: async () => {
            failed();
            throw new Unavailable('keys');
          },
        }),
      }),
    );
    await tried;
    await program.close();
    await start(8);
    await certified(ann.id);
    await certified(deskId);
    await program.settled();
    const all = [];
    for (const stream of [`messages-${deskId}`, `conversation-${deskId}`, `user-${ann.id}`])
      all.push(...(await program.services.events.readStream(stream)).map((one) => JSON.stringify(decode(one))));
    hidden = all;
  });

  test('it is carried out by the next start, also if the one before broke off', async () => {
    expect(
      (await program.call('GET', `/v1/users/${ann.id}`, { token: (await program.person('eve')).token })).json,
    ).toMatchObject({ deleted: true, username: null });
  });

  test('the desks of an erased account are erased with it, what they answered by themselves too', () => {
    expect(hidden.length).toBeGreaterThan(4);
    for (const one of hidden) expect(one).not.toMatch(/canary|cleo/i);
  });

  test('nobody asks at the desk of an erased visitor again', async () => {
    await expect(enquire('again')).rejects.toThrow('signed-out');
    const state = await program.services.core.ledger.load(conversations, deskId);
    const said = { messageId: deskId, number: 1, text: 'again', file: null };
    expect(() => decideEnquiry(state, visitor, desk, said, said)).toThrow('desk-blocked');
  });

  test('what the index of words still has of it is taken out by the next start, to the last byte', async () => {
    await program.settled();
    const dan = await program.person('dan');
    const json = { name: 'Team', memberIds: [] };
    const { id: team } = (await program.call('POST', '/v1/groups', { token: dan.token, json })).json;
    const { id } = (
      await program.call('POST', `/v1/conversations/${team}/messages`, { token: dan.token, json: { text: 'canary' } })
    ).json;
    const [words] = await stores.views.get('words', [id]);
    await erasePerson(program.services.core, meta(), { userId: dan.id });
    await program.services.core.erasing.carryOut(dan.id, 'test');
    await program.settled();
    expect(await stores.views.get('words', [id])).toEqual([undefined]);
    // As a build has it that read the text before, and whose process died when its views began to serve.
    await stores.views.mend(async () => [{ collection: 'words', id, doc: words! }]);
    expect(await stores.views.get('words', [id])).toEqual([words]);
    await program.close();
    await start(8);
    await expect.poll(() => stores.views.get('words', [id])).toEqual([undefined]);
    if (isDistributed) return;
    const marks = canaries(...(words!.marks as readonly string[]));
    await expect.poll(() => marks.below(join(dataDir, 'views'))).toEqual([]);
  });

  test.skipIf(isDistributed)('views that are built anew are the same', async () => {
    await program.settled();
    await program.close();
    const live = viewsDump(dataDir);
    expect(JSON.stringify(live)).not.toMatch(/canary|cleo/i);
    await rm(join(dataDir, 'views'), { recursive: true });
    await start(8);
    await program.settled();
    await program.close();
    expect(viewsDump(dataDir)).toEqual(live);
    await start(8);
  });
});
