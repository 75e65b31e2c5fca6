// A request as the handlers of a dialect see it.

import type { Origin } from '../../commands/context.ts';
import { type Core, coreSince, type Done } from '../../commands/core.ts';
import { storeFile } from '../../commands/storeFile.ts';
import { settle } from '../../http/consistency.ts';
import type { Context } from '../../http/context.ts';
import { originOf } from '../../http/idempotency.ts';
import type { ReadBody, Upload } from '../../http/readBody.ts';
import type { Services } from '../../services.ts';
import { ApiError, parseError, validationError } from './apiErrors.ts';
import { parsePythonJson } from './pythonJson.ts';
import { decodeUtf8 } from './pythonUtf8.ts';
import type { Body, Checks, Declaration, Partially, Result, Serializer, Valid } from './serializer.ts';

/** A file that came with a form and was stored. */
export interface SentFile {
  readonly field: string;
  readonly fileId: string;
  readonly name: string;
  readonly mediaType: string;
  /** Of its content. */
  readonly hash: string;
}

/** `P`: the parameters of the path, `U`: the account that asks. */
export interface ApiRequest<P = unknown, U = unknown> {
  readonly services: Services;
  readonly ctx: Context;
  readonly params: P;
  readonly user: U;
  /** A parameter of the query; given twice, the last one counts. */
  query(name: string): string | undefined;
  /** The body: none at all is an empty object. Files in a form are passed over. @throws what `errorOf` knows */
  body(): Promise<Body>;
  /** The body and the files in it, each stored for who is signed in while it comes. Not to be mixed with `body`. */
  bodyWithFiles(): Promise<{ readonly body: Body; readonly files: readonly SentFile[] }>;
  /** The declared fields of the body. @throws ApiError 400 with the texts of all that are wrong */
  validate<D extends Declaration>(serializer: Serializer<D>, checks?: Checks<D>, body?: Body): Promise<Valid<D>>;
  /** Those of the declared fields that were sent, for PATCH. @throws ApiError 400 */
  validatePart<D extends Declaration>(
    serializer: Serializer<D>,
    checks?: Checks<D>,
    body?: Body,
  ): Promise<Partially<D>>;
  /** Carries out a command for who is signed in; the views have seen it when it resolves. @throws what the command throws */
  perform<I, R extends Done>(command: (core: Core, origin: Origin, input: I) => Promise<R>, input: I): Promise<R>;
  /**
   * For a request that looks at the world before its first command: what that command answered when this request first
   * came under its key. `wish` is asked for only where there is a key.
   */
  retried<I, R>(
    command: { earlier(core: Core, origin: Origin, input: I): Promise<R> },
    wish: () => Promise<I>,
  ): Promise<R | undefined>;
  /** Waits until the views have taken `position`. */
  settle(position: number): Promise<void>;
  /** A path of this dialect as clients reach it, behind a prefix too; without and with the host. */
  local(path: string): string;
  absolute(path: string): string;
}

/** What all requests of one mount share. */
export interface RequestMachinery {
  readonly services: Services;
  readonly readBody: ReadBody;
  readonly prefix: string;
}

const json = (bytes: Buffer): unknown => parsePythonJson(decodeUtf8(bytes));

/** Takes in a file that nobody asked for. */
const passOver = async ({ content }: Upload): Promise<undefined> => {
  for await (const _ of content);
  return undefined;
};

interface Whole {
  readonly body: Body;
  readonly files: readonly SentFile[];
}

/** As the client sent it: files by their content, as their ids are known by the key alone. */
const asSent = ({ body, files }: Whole): unknown => [
  body.kind === 'json' ? body.data : Object.fromEntries(body.values),
  files.map(({ field, name, mediaType, hash }) => [field, name, mediaType, hash]),
];

/** Reads the body once, however many ask for it. */
export const bodyOnce = (ctx: Context, { readBody }: RequestMachinery) => {
  let reading: Promise<Whole> | undefined;
  const read = async (keep: (upload: Upload) => Promise<SentFile | undefined>) => {
    const contentType = ctx.req.headers['content-type'] ?? '';
    if (/^multipart\/form-data/i.test(contentType) && !/;\s*boundary=[^;]/i.test(contentType))
      throw parseError('Multipart form parse error - Invalid boundary in multipart: None');
    const found = await readBody(ctx, { accept: ['json', 'form', 'multipart'], parseJson: json, keep });
    switch (found.kind) {
      case 'none':
        return { body: { kind: 'json', data: {} } as const, files: [] };
      case 'json':
        return { body: { kind: 'json', data: found.value } as const, files: [] };
      case 'form':
        return { body: { kind: 'form', values: found.fields } as const, files: [] };
      case 'multipart':
        return {
          body: { kind: 'form', values: found.fields } as const,
          files: found.files.flatMap(({ kept }) => (kept === undefined ? [] : [kept])),
        };
    }
  };
  return (keep: (upload: Upload) => Promise<SentFile | undefined> = passOver) => {
    reading ??= read(keep);
    return reading;
  };
};

export type ReadOnce = ReturnType<typeof bodyOnce>;

const accepted = <T>(result: Result<T>): T => {
  if ('errors' in result) throw validationError(result.errors);
  return result.value;
};

const counter = (): (() => number) => {
  let next = 0;
  return () => next++;
};

export const createRequest = (
  machinery: RequestMachinery,
  ctx: Context,
  params: unknown,
  readOnce: ReadOnce,
): ApiRequest => {
  const { services, prefix } = machinery;
  const user = ctx.state.identity?.user;
  let whole: Whole | undefined;
  const stored = counter();
  const performed = counter();

  const readAll = async (keep?: Parameters<ReadOnce>[0]): Promise<Whole> => {
    whole = await readOnce(keep);
    return whole;
  };

  /** Each command of one request has a key of its own under that of the request. No key of a client has a space in it. */
  const originOfPart = (part: string): Origin =>
    originOf(
      services,
      ctx,
      user?.userId ?? null,
      () => ({ path: ctx.path, query: ctx.query, body: whole && asSent(whole) }),
      part,
    );

  const settleAt = async (position: number): Promise<void> => {
    await settle(services, ctx, Math.max(position, ctx.state.position));
  };

  const core = (): Core => coreSince(services.core, ctx.state.began);

  const perform: ApiRequest['perform'] = async (command, input) => {
    const nth = performed();
    const done = await command(core(), originOfPart(nth === 0 ? '' : ` ${nth}`), input);
    await settleAt(done.position);
    return done;
  };

  const retried: ApiRequest['retried'] = async (command, wish) => {
    if (originOfPart('').keyed === undefined) return undefined;
    try {
      const input = await wish();
      return await command.earlier(core(), originOfPart(''), input);
    } catch (error) {
      // What is wrong with the form is told with what the world says of it.
      if (error instanceof ApiError) return undefined;
      throw error;
    }
  };

  const keepFile = async ({ field, name, mediaType, content }: Upload): Promise<SentFile> => {
    const origin = originOfPart(` file ${stored()}`);
    const done = await storeFile(core(), origin, { name, mediaType }, content, services.config.MAX_UPLOAD);
    await settleAt(done.position);
    return { field, name, mediaType, fileId: done.fileId, hash: done.hash };
  };

  const local = (path: string): string => prefix + path;
  const body = async (): Promise<Body> => (await readAll()).body;

  return {
    services,
    ctx,
    params,
    user,
    query: (name) => new URLSearchParams(ctx.querystring).getAll(name).at(-1),
    body,
    bodyWithFiles: () => readAll(keepFile),
    validate: async (serializer, checks, given) => accepted(await serializer.validate(given ?? (await body()), checks)),
    validatePart: async (serializer, checks, given) =>
      accepted(await serializer.validatePart(given ?? (await body()), checks)),
    perform,
    retried,
    settle: settleAt,
    local,
    absolute: (path) =>
      (services.config.PUBLIC_URL?.replace(/\/$/, '') ?? `${ctx.protocol}://${ctx.host}`) + local(path),
  };
};
