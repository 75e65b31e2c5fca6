import { Readable } from 'node:stream';
import { describe } from 'vitest';
import { grantRole } from '../../src/commands/grantRole.ts';
import { makeEnquiry } from '../../src/commands/makeEnquiry.ts';
import {
  eraseMe,
  eraseMessage,
  erasePerson,
  eraseStoredFile,
  eraseVisitor,
  takeBackErasure,
} from '../../src/commands/requestErasure.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { commandRules, longAgo, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const nobody = '00000000-0000-4000-8000-000000000009';

const adminAndUser = async ({ core, person }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  await grantRole(core, meta(), { userId: ann, role: 'admin' });
  return { ann, ben };
};

const messageOf = async ({ core, person, group }: World) => {
  const [ann, ben] = [await person('ann'), await person('ben')];
  const conversationId = await group(ann, { memberIds: [ben] });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'Hello' });
  return { ann, ben, wish: { conversationId, messageId } };
};

describe('erasing oneself', () => {
  commandRules(eraseMe, {
    taken: async ({ person }) => [await person('ann'), {}],
    records: ['ErasureRequested'],
    refused: {
      'who signed in long ago says the password': [
        'confirmation-required',
        async ({ person }) => [await person('ann'), {}, longAgo()],
      ],
      'a wrong password erases nothing': [
        'confirmation-wrong',
        async ({ person }) => [await person('ann'), { current: 'guessed' }],
      ],
    },
  });
});

describe('erasing another account', () => {
  commandRules(erasePerson, {
    taken: async (world) => {
      const { ann, ben } = await adminAndUser(world);
      return [ann, { userId: ben }];
    },
    records: ['ErasureRequested'],
    refused: {
      'only an admin does it': [
        'not-permitted',
        async ({ person }) => [await person('ann'), { userId: await person('ben') }],
      ],
      'it is done to somebody': ['user-unknown', async () => [null, { userId: nobody }]],
    },
  });
});

describe('erasing a visitor', () => {
  commandRules(eraseVisitor, {
    taken: async (world) => {
      const { ann } = await adminAndUser(world);
      const desk = { room: 'shop', name: 'Vic', email: `${world.core.newId()}@example.org`, secret: 'secret' };
      const { conversationId } = await makeEnquiry(world.core, meta(), { ...desk, text: 'Hi', answer: 'Hello' });
      return [ann, { conversationId }];
    },
    records: ['ErasureRequested'],
    refused: {
      'only an admin does it': [
        'not-permitted',
        async ({ person }) => [await person('ann'), { conversationId: nobody }],
      ],
      'only at a desk': [
        'conversation-unknown',
        async ({ person, group }) => [null, { conversationId: await group(await person('ann')) }],
      ],
    },
  });
});

describe('erasing a message', () => {
  commandRules(eraseMessage, {
    taken: async (world) => {
      const { ann, wish } = await messageOf(world);
      return [ann, wish];
    },
    records: ['ErasureRequested'],
    refused: {
      'it is somebody else’s': [
        'not-yours',
        async (world) => {
          const { ben, wish } = await messageOf(world);
          return [ben, wish];
        },
      ],
      'the conversation has no such message': [
        'message-unknown',
        async (world) => {
          const { ann, wish } = await messageOf(world);
          return [ann, { ...wish, messageId: nobody }];
        },
      ],
      'a stranger to the conversation learns nothing': [
        'conversation-unknown',
        async (world) => [await world.person('cleo'), (await messageOf(world)).wish],
      ],
    },
  });
});

describe('erasing a file', () => {
  const fileOf = async ({ core, person }: World) => {
    const ann = await person('ann');
    const { fileId } = await storeFile(core, meta(ann), {}, Readable.from([Buffer.from('x')]), 10);
    return { ann, fileId };
  };
  commandRules(eraseStoredFile, {
    taken: async (world) => {
      const { ann, fileId } = await fileOf(world);
      return [ann, { fileId }];
    },
    records: ['ErasureRequested'],
    refused: {
      'it is somebody else’s': [
        'file-unknown',
        async (world) => [await world.person('ben'), { fileId: (await fileOf(world)).fileId }],
      ],
    },
  });
});

describe('taking a request back', () => {
  commandRules(takeBackErasure, {
    taken: async ({ core, person }) => {
      const ann = await person('ann');
      await eraseMe(core, { ...meta(ann), signedInAt: new Date() }, {});
      return [ann, { targetId: ann }];
    },
    records: ['ErasureWithdrawn'],
    again: 'erasure-unknown',
    refused: {
      'there is none': ['erasure-unknown', async ({ person }) => [await person('ann'), { targetId: nobody }]],
      'it has begun': [
        'erasure-started',
        async ({ core, person }) => {
          const ann = await person('ann');
          await erasePerson(core, meta(), { userId: ann });
          await core.erasing.carryOut(ann, 'test');
          return [null, { targetId: ann }];
        },
      ],
    },
  });
});
