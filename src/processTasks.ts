// What every process does in the background, whatever its roles: it learns what others erase and record, and pushes to its sockets.

import { type BackgroundTask, forgetErased, outdate } from './background.ts';
import { isOfOneThing, streams } from './domain/streams.ts';
import type { Ports } from './http/ports.ts';
import type { Services } from './services.ts';
import type { Hub } from './ws/hub.ts';
import { CLOSE } from './ws/protocol.ts';
import type { Sockets } from './ws/server.ts';

interface Options {
  /** Undefined: this process serves no clients. */
  readonly hub: Hub | undefined;
  readonly sockets: Sockets | undefined;
  readonly ports: Pick<Ports, 'dropWaiting'>;
  /** Aborts when the program stops. */
  readonly signal: AbortSignal;
}

/** Nothing in memory outlives the keys that opened it. */
const forgetWithKeys = (
  { events, core: { ledger }, presence, decode }: Services,
  { hub, sockets, ports }: Options,
): void =>
  events.onForget((keys) => {
    for (const id of keys) for (const kind of [streams.user, streams.conversation]) ledger.drop(kind(id));
    // What somebody said, stored or signed in with lies in streams that are not named after them.
    ledger.dropThose(isOfOneThing);
    for (const id of keys) presence.forget(id);
    decode.forget?.();
    hub?.forget(keys);
    sockets?.dropWaiting();
    ports.dropWaiting();
  });

export const processTasks = (services: Services, options: Options): readonly BackgroundTask[] => {
  const { events, core, config, presence, startHead } = services;
  const { hub, sockets, signal } = options;
  forgetWithKeys(services, options);
  const forget = forgetErased(events, core.ledger, startHead);
  const tasks: BackgroundTask[] = [{ name: 'watch on erasures', work: (onGoing) => forget(signal, onGoing) }];
  if (config.EVENTSTORE_URL !== undefined) {
    const watch = outdate(events, core.ledger, startHead);
    tasks.push({ name: "watch on other processes' events", work: (onGoing) => watch(signal, onGoing) });
  }
  if (hub) {
    presence.run(signal);
    const work = (onGoing: () => void) => hub.run(signal, onGoing);
    // Clients would receive nothing from now on, so they are asked to come back, perhaps to another server.
    const onStopped = () => void sockets?.close(CLOSE.tryLater);
    tasks.push({ name: 'hub', work, onStopped });
  }
  return tasks;
};
