// Makes the origin of a command from its request and its idempotency key, so that a retry changes nothing.

import type { Origin } from '../commands/context.ts';
import type { Core } from '../commands/core.ts';

/**
 * The parts of a request that distinguish it from others, as the client sent them: before defaults, so that a new
 * optional field does not change the fingerprint of an old retry. `body`: a JSON value; undefined: no body, or one whose
 * reader adds its hash.
 */
export interface Sent {
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

/** `sent`: the request that the command came as. Under one key, the same request is the same command. */
export const originFor = (
  { core }: { readonly core: Core },
  from: Required<Omit<Origin, 'keyed'>>,
  key: string | undefined,
  { path, query = {}, body = {} }: Sent,
): Origin =>
  key === undefined
    ? from
    : { ...from, keyed: { key, fingerprints: core.tokens.fingerprints(['POST', path, query, body]) } };

/** The parameters in the path of a route. */
export const paramsIn = (path: string): readonly string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);

/** The path of a route with its parameters filled in. */
export const pathOf = ({ path }: { readonly path: string }, params: object): string =>
  path.replace(/:(\w+)/g, (_, name: string) => String((params as Record<string, unknown>)[name]));

/** Paths that a frame can ask for as well: under one key, both ways are the same command. */
export const SEND_PATH = '/v1/conversations/:conversationId/messages';
export const MESSAGE_PATH = '/v1/conversations/:conversationId/messages/:messageId';
export const RESTORE_PATH = '/v1/conversations/:conversationId/messages/:messageId/restore';
export const REACTION_PATH = '/v1/conversations/:conversationId/messages/:messageId/reactions/:emoji';
export const READ_PATH = '/v1/conversations/:conversationId/read';
export const READ_THREAD_PATH = '/v1/conversations/:conversationId/messages/:messageId/thread/read';
