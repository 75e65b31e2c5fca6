// Silicornya: its routes, its socket, and how its errors look.

import { django } from '../django/django.ts';
import { tokenScheme } from '../django/schemes.ts';
import { accountRoutes, EMAIL_TAKEN } from './accounts.ts';
import { exchangeRoutes } from './exchanges.ts';
import { deskSockets } from './socket.ts';
import { registration } from './wire.ts';

export const silicornya = django({
  name: 'silicornya',
  scheme: tokenScheme,
  routes: [...accountRoutes, ...exchangeRoutes],
  sockets: deskSockets,
  refusals: { 'email-taken': EMAIL_TAKEN },
  fieldNames: { password: 'password1' },
  fieldOrder: Object.keys(registration),
});
