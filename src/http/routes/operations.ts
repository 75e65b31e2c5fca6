// For operators and their machines: liveness, readiness, metrics.

import type { z } from 'zod';
import { Health, Readiness } from '../../api/reports.ts';
import { headSoon } from '../../projections/headSoon.ts';
import { percentOf } from '../../projections/progress.ts';
import type { Services } from '../../services.ts';
import { Unavailable } from '../../store/ports.ts';
import { inArea, route } from '../route.ts';

/**
 * Ready once the views have every event from before the start, for as long as the process can serve. It stays ready while a
 * store is away: so are those of all other processes, and each does what it still can. A warning is shown all the same.
 */
const healthOf = async ({ events, progress, canServe, troubles, warnings }: Services) => {
  const found = [...troubles()];
  let head: number | null = null;
  try {
    head = await headSoon(events);
  } catch (error) {
    found.push(`events: ${error instanceof Unavailable ? error.message : 'the store is unavailable'}`);
  }
  // Views that have just taken over may be a moment behind those before them.
  if (!progress.isReady) await progress.ready();
  const { position, needed, isReady } = progress;
  if (found.length === 0 && !isReady)
    found.push(`views: they have not caught up with the log, ${percentOf(position, needed)} % are done`);
  const canTakeRequests = isReady && canServe();
  const whole = found.length === 0 ? ('ready' as const) : ('degraded' as const);
  return {
    status: canTakeRequests ? whole : ('not-ready' as const),
    position,
    head,
    lag: head === null ? null : Math.max(0, head - position),
    troubles: [...found, ...warnings()],
  };
};

const alive = route({
  name: 'getLiveness',
  method: 'GET',
  path: '/livez',
  summary: 'Is the program alive?',
  access: 'public',
  answers: { 200: { description: 'The word `ok`.', mediaType: 'text/plain', example: 'ok\n' } },
  handle: async () => ({ headers: { 'Content-Type': 'text/plain; charset=utf-8' }, content: 'ok\n' }),
});

/** `shows`: what of the health everybody may read. */
const readiness = (Shown: z.ZodType, shows: (health: z.infer<typeof Health>) => unknown) =>
  route({
    name: 'getReadiness',
    method: 'GET',
    path: '/readyz',
    summary: 'Is the program ready to serve?',
    description:
      'Not before the views have caught up with the log, nor while the process stops. `degraded`: it serves, but something ' +
      'is missing; `troubles` says what. `lag` counts positions.',
    access: 'public',
    answers: { 200: Shown, 503: Shown },
    handle: async ({ services }) => {
      const health = await healthOf(services);
      return { status: health.status === 'not-ready' ? 503 : 200, body: shows(health) };
    },
  });

const metrics = route({
  name: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  summary: 'Figures for Prometheus',
  access: 'public',
  answers: {
    200: {
      description: 'Prometheus text.',
      mediaType: 'text/plain',
      example: 'verbatim_requests_total{route="/livez"} 1\n',
    },
  },
  handle: async ({ services: { metrics } }) => ({
    headers: { 'Content-Type': metrics.registry.contentType },
    content: await metrics.text(),
  }),
});

export const operationRoutes = inArea('operations', [alive, readiness(Health, (health) => health), metrics]);

/** Of the port of clients, where operators have one of their own. */
export const clientOperationRoutes = inArea('operations', [alive, readiness(Readiness, ({ status }) => ({ status }))]);
