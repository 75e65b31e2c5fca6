// The routes of Silicornya.

import { fieldError } from '../django/apiErrors.ts';
import type { Dialect } from '../django/dialect.ts';
import { tokenScheme } from '../django/schemes.ts';
import { accountRoutes, EMAIL_TAKEN } from './accounts.ts';
import { exchangeRoutes } from './exchanges.ts';
import { deskSocket } from './socket.ts';

export const silicornya: Dialect = {
  name: 'silicornya',
  prefix: '/silicornya',
  scheme: tokenScheme,
  routes: [...accountRoutes, ...exchangeRoutes],
  sockets: (services, hub, prefix) => [deskSocket(services, hub, prefix)],
  refusals: { 'email-taken': (field) => fieldError(field, EMAIL_TAKEN) },
  fieldNames: { password: 'password1' },
};
