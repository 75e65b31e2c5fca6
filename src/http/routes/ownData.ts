// Your own data, to take along.

import { z } from 'zod';
import { ExportedEvent } from '../../api/auditedEvents.ts';
import { unknownPosition } from '../../api/failures.ts';
import { linesOfPerson } from '../../commands/exportedEvents.ts';
import { whole } from '../cursors.ts';
import { ndjson } from '../ndjson.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';

export const ownDataRoutes = inArea('accounts', [
  route({
    name: 'exportAccount',
    method: 'GET',
    path: '/v1/me/export',
    summary: 'Take your data along',
    description:
      'What you said, did and were, from the first event to the last at present, as CloudEvents 1.0: not what others said to ' +
      'you. An answer that breaks off is gone on with after its last `position`. `GET /v1/files/{fileId}` has the contents of your files.',
    access: 'user',
    scope: null,
    costs: { exports: 1 },
    query: z.strictObject({
      after: whole.optional().describe('A `position`: the events after it. Default: from the first on.'),
    }),
    answers: {
      200: {
        description: 'One event a line, in the order of the log.',
        mediaType: 'application/x-ndjson',
        line: ExportedEvent,
      },
    },
    refuses: ['position-unknown'],
    readsViews: false,
    handle: async ({ services, ctx, userId, query: { after = 0 } }) => {
      const { events, logIdentity } = services;
      if (!(await logIdentity.isPosition(after))) throw unknownPosition('after');
      const reading = readingOf(services, ctx);
      await reading.turn();
      return ndjson(linesOfPerson(events, logIdentity.logId, userId, after, reading.page));
    },
  }),
]);
