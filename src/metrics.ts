// What is counted and timed, for Prometheus.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export type Metrics = ReturnType<typeof createMetrics>;

export const createMetrics = (gauges: { sockets: () => number; lag: () => Promise<number> }) => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'verbatim_sockets',
    help: 'Open sockets',
    registers,
    collect() {
      this.set(gauges.sockets());
    },
  });
  new Gauge({
    name: 'verbatim_projector_lag',
    help: 'Positions of the log that the views have not taken yet',
    registers,
    async collect() {
      this.set(await gauges.lag());
    },
  });
  return {
    registry,
    requests: new Counter({
      name: 'verbatim_requests_total',
      help: 'HTTP requests',
      labelNames: ['route', 'status'] as const,
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'verbatim_request_seconds',
      help: 'Time to answer',
      labelNames: ['route'] as const,
      buckets: SECONDS,
      registers,
    }),
    sends: new Counter({ name: 'verbatim_messages_sent_total', help: 'Messages recorded by this process', registers }),
    visibleSeconds: new Histogram({
      name: 'verbatim_visible_seconds',
      help: 'From the recording of a message to its being in the views',
      buckets: SECONDS,
      registers,
    }),
    pushedSeconds: new Histogram({
      name: 'verbatim_pushed_seconds',
      help: 'From the recording of a message to its being written to sockets',
      buckets: SECONDS,
      registers,
    }),
  };
};
