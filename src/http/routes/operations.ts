// For operators and their machines: liveness, readiness, metrics.

import { Health } from '../../api/answers.ts';
import { percentOf } from '../../projections/progress.ts';
import type { Services } from '../../services.ts';
import { Unavailable } from '../../store/ports.ts';
import { inArea, route } from '../route.ts';

/** Ready once the views have every event from before the start, while nothing is away. A warning is shown all the same. */
const healthOf = async ({ events, progress, troubles, warnings }: Services) => {
  const found = [...troubles()];
  let head: number | null = null;
  try {
    head = await events.head();
  } catch (error) {
    found.push(`events: ${error instanceof Unavailable ? error.message : 'the store is unavailable'}`);
  }
  const { position, needed, isReady } = progress;
  if (found.length === 0 && !isReady)
    found.push(`views: they have not caught up with the log, ${percentOf(position, needed)} % are done`);
  const ready = found.length === 0;
  return {
    status: ready ? ('ready' as const) : ('not-ready' as const),
    position,
    head,
    lag: head === null ? null : Math.max(0, head - position),
    troubles: [...found, ...warnings()],
  };
};

export const operationRoutes = inArea('operations', [
  route({
    method: 'GET',
    path: '/livez',
    summary: 'Is the program alive?',
    access: 'public',
    answers: { 200: 'The word `ok`.' },
    handle: async () => ({ headers: { 'Content-Type': 'text/plain; charset=utf-8' }, content: 'ok\n' }),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    summary: 'Is the program ready to serve?',
    description: 'Not before the views have caught up with the log, nor while a part is away. `lag` counts positions.',
    access: 'public',
    answers: { 200: Health, 503: Health },
    handle: async ({ services }) => {
      const health = await healthOf(services);
      return { status: health.status === 'ready' ? 200 : 503, body: health };
    },
  }),
  route({
    method: 'GET',
    path: '/metrics',
    summary: 'Figures for Prometheus',
    access: 'public',
    answers: { 200: 'Prometheus text.' },
    handle: async ({ services: { metrics } }) => ({
      headers: { 'Content-Type': metrics.registry.contentType },
      content: await metrics.text(),
    }),
  }),
]);
