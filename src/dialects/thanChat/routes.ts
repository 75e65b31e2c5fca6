// The routes of ThanChat.

import { django } from '../django/django.ts';
import { basicOr, tokenScheme } from '../django/schemes.ts';
import { accountRoutes } from './accounts.ts';
import { messageRoutes } from './messages.ts';
import { roomRoutes } from './rooms.ts';
import { sessionRoutes } from './sessions.ts';
import { newAccount } from './wire.ts';

export const thanChat = django({
  name: 'thanchat',
  scheme: (services) => basicOr(services, tokenScheme(services)),
  routes: [...accountRoutes, ...sessionRoutes, ...roomRoutes, ...messageRoutes],
  // In the words of the original, where it asks for the password.
  refusals: { 'confirmation-required': 'This field is required.' },
  fieldOrder: Object.keys(newAccount),
  fieldNames: { text: 'message_text', current: 'current_password', contactPhone: 'phone' },
});
