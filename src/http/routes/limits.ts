// What the client may do how often.

import { z } from 'zod';
import { limitNames, table } from '../../limits/table.ts';
import { inArea, route } from '../route.ts';

const Limit = z.strictObject({
  name: z.enum(limitNames),
  by: z.enum(['address', 'account']),
  quota: z.int().describe('How many at once, if the limit is whole.'),
  window: z.int().describe('Seconds in which an empty limit is whole again; it refills evenly.'),
  left: z.int(),
  resets: z.int().describe('Seconds until the limit is whole again.'),
});

export const limitRoutes = inArea('limits', [
  route({
    method: 'GET',
    path: '/v1/limits',
    summary: 'See your limits, and what is left of them',
    description:
      'Of your account, and of the address that you ask from. Every answer also tells, in `RateLimit` and ' +
      '`RateLimit-Policy`, of the limit that the request came nearest to.',
    access: 'user',
    answers: { 200: z.strictObject({ items: z.array(Limit) }) },
    handle: async ({ services: { core }, origin }) => ({
      body: { items: core.limits.left(origin).map((count) => ({ by: table[count.name].by, ...count })) },
    }),
  }),
]);
