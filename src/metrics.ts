// Counters and timers for Prometheus.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Event } from './domain/events.ts';
import type { Report } from './projections/doctor.ts';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Milliseconds. */
const RENDERED_FOR = 1000;

export type Metrics = ReturnType<typeof createMetrics>;

export const createMetrics = (gauges: { sockets: () => number; lag: () => Promise<number> }, now: () => Date) => {
  const registry = new Registry();
  const registers = [registry];
  /** `at`: ISO time of recording. Observes the time from then to now. */
  const timerSince = (name: string, help: string): ((at: string) => void) => {
    const seconds = new Histogram({ name, help, buckets: SECONDS, registers });
    return (at) => seconds.observe(Math.max(0, now().getTime() - Date.parse(at)) / 1000);
  };
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
      try {
        this.set(await gauges.lag());
      } catch {
        // The store of events is away. It must not take all other figures with it.
        this.remove();
      }
    },
  });
  const visible = timerSince('verbatim_visible_seconds', 'From the recording of a message to its being in the views');
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const differing = gauge(
    'verbatim_view_differences',
    'Documents of the views that differ from the log, at the last check',
  );
  const broken = gauge('verbatim_log_damages', 'Damaged events of the log, at the last check');
  const checkedAt = gauge('verbatim_views_checked_timestamp_seconds', 'When the last check of views and log ended');
  const compared = new Counter({
    name: 'verbatim_views_checked_total',
    help: 'Documents of the views that were compared with the log',
    registers,
  });
  /** After each check of views and log. Undefined: another process makes the checks. */
  const checked = (report: Report | undefined): void => {
    differing.set(report === undefined ? 0 : report.differing - report.mended);
    broken.set(report?.broken.length ?? 0);
    if (report === undefined) return;
    checkedAt.set(now().getTime() / 1000);
    compared.inc(report.documents);
  };
  let rendered: Promise<Buffer> | undefined;
  let renderedAt = Number.NEGATIVE_INFINITY;
  return {
    registry,
    /** The text for Prometheus, made once a second at most: making it costs many times a request. */
    text: (): Promise<Buffer> => {
      if (rendered === undefined || performance.now() - renderedAt >= RENDERED_FOR) {
        renderedAt = performance.now();
        rendered = registry.metrics().then((text) => Buffer.from(text));
        // The next request tries again.
        rendered.catch(() => {
          rendered = undefined;
        });
      }
      return rendered;
    },
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
    /** Observes each message after `position`, once: views that are built again take it again. */
    visibleAfter: (position: number) => {
      let counted = position;
      return ({ type, at, position: own }: Pick<Event, 'type' | 'at' | 'position'>): void => {
        if (own <= counted) return;
        counted = own;
        if (type === 'MessageSent') visible(at);
      };
    },
    checked,
    pushed: timerSince('verbatim_pushed_seconds', 'From the recording of a message to its being written to sockets'),
  };
};
