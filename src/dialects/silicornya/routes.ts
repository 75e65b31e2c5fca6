// Silicornya: its routes, its socket, and how its errors look.

import { fieldError } from '../django/apiErrors.ts';
import { django } from '../django/django.ts';
import { tokenScheme } from '../django/schemes.ts';
import { accountRoutes, EMAIL_TAKEN } from './accounts.ts';
import { exchangeRoutes } from './exchanges.ts';
import { deskSockets } from './socket.ts';

export const silicornya = django({
  name: 'silicornya',
  scheme: tokenScheme,
  routes: [...accountRoutes, ...exchangeRoutes],
  sockets: deskSockets,
  refusals: { 'email-taken': (field) => fieldError(field, EMAIL_TAKEN) },
  fieldNames: { password: 'password1' },
});
