// Links by mail: to verify an e-mail address, and to set a forgotten password.

import { z } from 'zod';
import { HttpFailure } from '../../api/failures.ts';
import { confirmEmail } from '../../commands/confirmEmail.ts';
import type { Core } from '../../commands/core.ts';
import { mailReset, mailVerification } from '../../commands/mailedLinks.ts';
import { resetPassword } from '../../commands/resetPassword.ts';
import { users } from '../../domain/user.ts';
import { commandRoute } from '../commandRoute.ts';
import { linkPageHeaders, resetPage, verificationPage } from '../linkPages.ts';
import { inArea, route } from '../route.ts';

/** @throws HttpFailure `mail-not-configured` */
const mailOf = ({ mail }: Core): NonNullable<Core['mail']> => {
  if (mail === null) throw new HttpFailure('mail-not-configured');
  return mail;
};

const page = (name: string, path: string, summary: string, content: string) =>
  route({
    name,
    method: 'GET',
    path,
    summary,
    access: 'public',
    answers: {
      200: {
        description: 'A small page. The token is behind the `#` of its address.',
        mediaType: 'text/html',
        example: '<!doctype html>…',
      },
    },
    handle: async () => ({ headers: linkPageHeaders, content }),
  });

export const mailedLinkRoutes = inArea('mail', [
  route({
    name: 'requestEmailVerification',
    method: 'POST',
    path: '/v1/me/email/verification',
    summary: 'Get a link by mail that verifies your e-mail address',
    description:
      'The link is good for 24 hours, as long as the account has the address. Nothing is mailed if it is verified.',
    access: 'user',
    refuses: ['email-missing', 'mail-not-configured'],
    answers: { 202: null },
    handle: async ({ services: { core }, userId, origin }) => {
      mailVerification(core, mailOf(core), origin, await core.ledger.load(users, userId));
      return {};
    },
  }),
  commandRoute({
    name: 'verifyEmail',
    method: 'POST',
    path: '/v1/email-verifications',
    summary: 'Verify an e-mail address by the token of a link',
    command: confirmEmail,
    example: { token: '…' },
    answers: { 204: null },
  }),
  route({
    name: 'requestPasswordReset',
    method: 'POST',
    path: '/v1/password-resets',
    summary: 'Get a link by mail to set a forgotten password',
    description:
      'The answer is the same whether there is such an account or not. The link is good once, for 30 minutes, and goes to ' +
      'the e-mail address of the account.',
    access: 'public',
    body: z.strictObject({ login: z.string().min(1).max(320).describe('E-mail address, username or phone number.') }),
    example: { login: 'ann@example.org' },
    refuses: ['mail-not-configured'],
    answers: { 202: null },
    handle: async ({ services: { core }, body: { login }, origin }) => {
      mailReset(core, mailOf(core), origin, login, ['email', 'username', 'phone']);
      return {};
    },
  }),
  commandRoute({
    name: 'resetPassword',
    method: 'PUT',
    path: '/v1/password-resets',
    summary: 'Set a forgotten password by the token of a link',
    description: 'The key and every session end.',
    command: resetPassword,
    example: { token: '…', password: 'battery staple' },
    answers: { 204: null },
  }),
  page(
    'getEmailVerificationPage',
    '/verify-email',
    'The page behind a link that verifies an address',
    verificationPage,
  ),
  page('getPasswordResetPage', '/reset-password', 'The page behind a link that sets a password', resetPage),
]);
