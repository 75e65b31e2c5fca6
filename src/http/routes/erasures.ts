// Erasing people, messages and files for ever: requests, taking them back, and certificates.

import { z } from 'zod';
import { Erasure } from '../../api/answers.ts';
import { ErasurePage } from '../../api/pages.ts';
import { presentErasure } from '../../api/presenters.ts';
import { ids } from '../../commands/fields.ts';
import {
  eraseMessage,
  erasePerson,
  eraseStoredFile,
  eraseVisitor,
  takeBackErasure,
} from '../../commands/requestErasure.ts';
import { Refused } from '../../domain/refused.ts';
import { streams } from '../../domain/streams.ts';
import type { Queries } from '../../projections/queries.ts';
import { commandRoute } from '../commandRoute.ts';
import { cursor, limit, numberedPage, page } from '../cursors.ts';
import { inArea, route } from '../route.ts';

export const erasureOf = async (queries: Queries, targetId: string) => {
  const found = await queries.erasure(targetId);
  if (!found) throw new Refused('erasure-unknown');
  return presentErasure(found);
};

const LATER =
  'Carried out after a time of grace, in which `DELETE /v1/erasures/{id}` takes the request back: until then nothing changes.';

export const erasureRoutes = inArea('erasing', [
  commandRoute({
    name: 'eraseUser',
    method: 'PUT',
    path: '/v1/users/:userId/erasure',
    summary: 'Erase an account',
    description: `Its names, messages and files become unreadable for ever, for everybody. ${LATER}`,
    access: 'suspend',
    command: erasePerson,
    answers: { 202: Erasure },
    present: (_, { services, wish }) => erasureOf(services.queries, wish.userId),
  }),
  commandRoute({
    name: 'eraseVisitor',
    method: 'PUT',
    path: '/v1/conversations/:conversationId/visitor/erasure',
    summary: 'Erase the visitor of a desk',
    description: `The name, the address and the words of the visitor, and the answers of the desk itself. ${LATER}`,
    access: 'suspend',
    command: eraseVisitor,
    answers: { 202: Erasure },
    present: (_, { services, wish }) => erasureOf(services.queries, wish.conversationId),
  }),
  commandRoute({
    name: 'eraseMessage',
    method: 'PUT',
    path: '/v1/conversations/:conversationId/messages/:messageId/erasure',
    summary: 'Erase what a message says',
    description: `Your own; as an admin any. Its place stays, its text is gone; its file is erased by itself. ${LATER}`,
    command: eraseMessage,
    answers: { 202: Erasure },
    present: (_, { services, wish }) => erasureOf(services.queries, wish.messageId),
  }),
  commandRoute({
    name: 'eraseFile',
    method: 'PUT',
    path: '/v1/files/:fileId/erasure',
    summary: 'Erase a file',
    description: `Your own; as an admin any. Messages still show that there was one. ${LATER}`,
    command: eraseStoredFile,
    answers: { 202: Erasure },
    present: (_, { services, wish }) => erasureOf(services.queries, wish.fileId),
  }),
  commandRoute({
    name: 'takeBackErasure',
    method: 'DELETE',
    path: '/v1/erasures/:targetId',
    summary: 'Take back a request to erase',
    description: 'Your own request, or one about you; as an admin any. Only in its time of grace.',
    access: 'user',
    command: takeBackErasure,
    answers: { 204: null },
  }),
  route({
    name: 'listErasures',
    method: 'GET',
    path: '/v1/audit/erasures',
    summary: 'See what was erased, or will be',
    description: 'In the order of the requests, with the certificates. What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    query: z.strictObject({
      standing: z
        .enum(['requested', 'started', 'certified'])
        .default('certified')
        .describe('How far they are: waiting, under way, or done.'),
      after: cursor,
      limit,
    }),
    answers: { 200: ErasurePage },
    hasPast: false,
    handle: async ({ services: { core, queries }, userId, origin, query: { standing, ...from } }) => {
      await core.noteLogRead(origin, userId, { type: 'ErasureRequested' });
      const found = await queries.erasures(standing, numberedPage(from));
      return { body: page(found, ({ requested }) => requested, presentErasure) };
    },
  }),
  route({
    name: 'getErasure',
    method: 'GET',
    path: '/v1/audit/erasures/:targetId',
    summary: 'See one erasure, with its certificate',
    description: 'What an auditor asks is recorded.',
    access: 'audit',
    scope: 'audit',
    params: z.object({ targetId: ids.erasure }),
    answers: { 200: Erasure },
    hasPast: false,
    refuses: ['erasure-unknown'],
    handle: async ({ services: { core, queries }, userId, origin, params: { targetId } }) => {
      await core.noteLogRead(origin, userId, { stream: streams.erasure(targetId) });
      return { body: await erasureOf(queries, targetId) };
    },
  }),
]);
