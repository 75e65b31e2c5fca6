// Files: stored first, then sent in a message; served so that nothing in them can run.

import { z } from 'zod';
import { File } from '../../api/answers.ts';
import { HttpFailure } from '../../api/failures.ts';
import { presentFile } from '../../api/presenters.ts';
import { shown } from '../../api/reports.ts';
import type { Origin } from '../../commands/context.ts';
import { ids } from '../../commands/fields.ts';
import { storeFile } from '../../commands/storeFile.ts';
import { Refused } from '../../domain/refused.ts';
import type { Services } from '../../services.ts';
import type { Context } from '../context.ts';
import { storedFile } from '../firstEvent.ts';
import type { ReadBody, Upload } from '../readBody.ts';
import { checkLength, checkReadable, takeBody } from '../readBytes.ts';
import { readingOf } from '../readingOf.ts';
import { inArea, route } from '../route.ts';
import { serveFile } from '../serveFile.ts';

const params = z.object({ fileId: ids.file });

/** Of `serveFile`. */
export const FILE_ANSWERS = {
  200: { description: 'The bytes.', mediaType: '*/*' },
  206: { description: 'The bytes of one range.', mediaType: '*/*' },
  304: null,
};

/** A file may be in any number of conversations. @throws Refused `file-unknown` */
const readable = async (services: Services, ctx: Context, fileId: string, userId: string) => {
  const file = await services.queries.readableFile(fileId, userId, (step) => readingOf(services, ctx).page(step));
  // The content may leave slowly.
  ctx.state.reading?.rest();
  if (!file) throw new Refused('file-unknown');
  return file;
};

/** Stores the file in the request: the whole body, or the one file in a form. */
const receive = async (
  { core, config }: Services,
  ctx: Context,
  origin: Origin,
  readBody: ReadBody,
  name: string | undefined,
) => {
  const limit = config.MAX_UPLOAD;
  const keep = ({ name, mediaType, content }: Omit<Upload, 'field'>) =>
    storeFile(core, origin, { name: name || undefined, mediaType: mediaType || undefined }, content, limit);
  const mediaType = ctx.get('Content-Type');
  if (!/^multipart\/form-data\b/i.test(mediaType)) {
    checkReadable(ctx.req);
    checkLength(ctx.req, limit);
    return keep({ name: name ?? '', mediaType, content: takeBody(ctx.req, limit) });
  }
  let count = 0;
  const body = await readBody(ctx, {
    accept: ['multipart'],
    keep: async (upload) => {
      if (count++ > 0) throw new HttpFailure('malformed-body');
      return keep(upload);
    },
  });
  const stored = body.kind === 'multipart' ? body.files[0]?.kept : undefined;
  if (!stored) throw new HttpFailure('malformed-body');
  return stored;
};

export const fileRoutes = inArea('files', [
  route({
    name: 'uploadFile',
    method: 'POST',
    path: '/v1/files',
    summary: 'Store a file',
    description:
      'The bytes as body, with their Content-Type, the name in the query; or `multipart/form-data` with one file.',
    access: 'user',
    scope: 'files',
    query: z.strictObject({
      name: z.string().max(1000).optional().describe('Its name, if the body is the file itself.'),
    }),
    refuses: ['quota-exceeded', 'conflict', 'command-key-reused'],
    body: 'file',
    answers: shown(201, File),
    handle: async ({ services, ctx, query: { name }, readBody, origin }) => {
      const { fileId, position } = await receive(services, ctx, origin, readBody, name);
      // As it was recorded: of a retry, since the file may have been discarded.
      return { position, body: async () => presentFile(await storedFile(services.events, fileId)) };
    },
  }),
  route({
    name: 'downloadFile',
    method: 'GET',
    path: '/v1/files/:fileId',
    summary: 'Get the content of a file',
    description: 'For who stored it, and who may read a conversation it was sent to. Takes one `Range`.',
    access: 'user',
    params,
    answers: FILE_ANSWERS,
    refuses: ['file-unknown', 'range-not-satisfiable'],
    handle: async ({ services, ctx, userId, params: { fileId } }) =>
      serveFile(services.core, ctx, await readable(services, ctx, fileId, userId)),
  }),
  route({
    name: 'getFile',
    method: 'GET',
    path: '/v1/files/:fileId/info',
    summary: 'See what is known of a file',
    access: 'user',
    params,
    refuses: ['file-unknown'],
    answers: { 200: File },
    handle: async ({ services, ctx, userId, params: { fileId } }) => ({
      body: presentFile(await readable(services, ctx, fileId, userId)),
    }),
  }),
]);
