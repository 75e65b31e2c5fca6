// The routes of Silicornya.

import { django } from '../django/django.ts';
import { tokenScheme } from '../django/schemes.ts';
import { accountRoutes, EMAIL_TAKEN } from './accounts.ts';
import { exchangeRoutes } from './exchanges.ts';
import { deskSocket } from './socket.ts';

export const silicornya = django({
  name: 'silicornya',
  scheme: tokenScheme,
  routes: [...accountRoutes, ...exchangeRoutes],
  sockets: (services, hub, prefix) => [deskSocket(services, hub, prefix)],
  refusals: { 'email-taken': EMAIL_TAKEN },
  fieldNames: { password: 'password1' },
});
