import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { startDirectChat } from '../../src/commands/startDirectChat.ts';
import { startNamedChat } from '../../src/commands/startNamedChat.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';

let slugs = 0;
const nextSlug = () => `tea-${++slugs}`;

commandRules(startNamedChat, {
  taken: async ({ person }) => [await person('ann'), { userId: await person('ben'), slug: nextSlug() }],
  records: ['NameClaimed', 'DirectChatStarted', 'SlugGiven'],
  refused: {
    'a slug belongs to one conversation': [
      'slug-taken',
      async ({ core, person }) => {
        const ann = await person('ann');
        const slug = nextSlug();
        await createGroup(core, meta(ann), { name: 'First', slug });
        return [ann, { userId: await person('ben'), slug }];
      },
    ],
    'nobody talks to somebody who is not there': [
      'user-unknown',
      async ({ person }) => [await person('ann'), { userId: '00000000-0000-4000-8000-000000000009', slug: nextSlug() }],
    ],
  },
});

let program: TestCore;
beforeAll(async () => {
  program = await openCore();
});
afterAll(() => program.dispose());

test('of many who want one slug at once, one has a chat by it, and no other chat begins', async () => {
  const { core, stores, person } = program;
  const people = await Promise.all([1, 2, 3, 4].map((i) => person(`person${i}`)));
  const begun = await Promise.allSettled(
    people.slice(1).map((userId) => startNamedChat(core, meta(people[0]!), { userId, slug: 'ours' })),
  );
  expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await stores.events.readLog(0)).filter(({ type }) => type === 'DirectChatStarted')).toHaveLength(1);
});

test('a chat that has begun without a slug gets it, and begins no second time', async () => {
  const { core, stores, person } = program;
  const [ann, userId] = [await person('ann'), await person('ben')];
  const { conversationId } = await startDirectChat(core, meta(ann), { userId });
  expect(await startNamedChat(core, meta(ann), { userId, slug: 'late' })).toMatchObject({ conversationId });
  const recorded = await stores.events.readStream(`conversation-${conversationId}`);
  expect(recorded.map(({ type }) => type)).toEqual(['DirectChatStarted', 'SlugGiven']);
});
