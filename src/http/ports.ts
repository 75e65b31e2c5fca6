// The ports that the process listens on: that of clients, and one of operators if the settings name it.

import type { Server } from 'node:http';
import { createRequestIds, writeEnded } from '../api/accessLog.ts';
import type { Services } from '../services.ts';
import { createGuardedServer, dropWaiting } from './connections.ts';
import { endingOf, listen } from './listening.ts';
import type { Mount } from './mount.ts';
import { nativeRoutes, routes } from './routes/index.ts';
import { clientOperationRoutes, operationRoutes } from './routes/operations.ts';
import { createHttp } from './server.ts';

/** Connections of operators' machines at once. */
const OPERATORS = 100;

export type Ports = ReturnType<typeof createPorts>;

/** `mounts`: the foreign APIs; undefined: the process serves no clients, but still reports its health. */
export const createPorts = (services: Services, mounts: readonly Mount[] | undefined, connections: number) => {
  const { HOST, PORT, OPERATOR_PORT, MIN_RATE, MAX_STALL } = services.config;
  const hasOwn = OPERATOR_PORT !== undefined;
  const requestIdOf = createRequestIds(services.core.newId());
  const onUnreadable = (status: number): void => {
    const about = { requestId: requestIdOf(), method: null, route: 'none', status, began: performance.now() };
    writeEnded(services.log, { ...about, isAnswered: true });
  };
  const served = (http: ReturnType<typeof createHttp>, connections: number): Server =>
    createGuardedServer({ connections, rate: MIN_RATE, stall: MAX_STALL * 1000 }, http.callback(), {
      onUnreadable,
      output: services.output,
    });
  const operations = hasOwn ? clientOperationRoutes : operationRoutes;
  const native = hasOwn ? nativeRoutes(operations) : routes;
  const clients = served(
    mounts === undefined ? createHttp(services, [], operations) : createHttp(services, mounts, native),
    connections,
  );
  const operators = hasOwn ? served(createHttp(services, [], operationRoutes), OPERATORS) : undefined;
  return {
    /** For the sockets of clients. */
    clients,
    /** @throws Error with what the operator can do */
    listen: async () => ({
      operatorUrl: operators && (await listen(operators, OPERATOR_PORT!, HOST, 'OPERATOR_PORT')),
      url: await listen(clients, PORT, HOST),
    }),
    /** Answers that wait for clients that read slowly are not sent. */
    dropWaiting: (): void => dropWaiting(clients),
    /** Returns a function that closes each connection after its answer in work, and after `drain` milliseconds all others. */
    ending: (drain: number): (() => Promise<void>) => {
      const ends = [clients, ...(operators ? [operators] : [])].map((server) => endingOf(server, drain));
      return async () => void (await Promise.all(ends.map((end) => end())));
    },
  };
};
