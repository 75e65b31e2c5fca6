// What the client may do how often.

import { Limits } from '../../api/reports.ts';
import { table } from '../../limits/table.ts';
import { inArea, route } from '../route.ts';

export const limitRoutes = inArea('limits', [
  route({
    name: 'getLimits',
    method: 'GET',
    path: '/v1/limits',
    summary: 'See your limits, and what is left of them',
    description:
      'Of your account, and of the address that you ask from. Every answer also tells, in `RateLimit` and ' +
      '`RateLimit-Policy`, of the limit that the request came nearest to.',
    access: 'user',
    answers: { 200: Limits },
    readsViews: false,
    handle: async ({ services: { core }, origin }) => ({
      body: { items: core.limits.left(origin).map((count) => ({ by: table[count.name].by, ...count })) },
    }),
  }),
]);
