// The routes of Solari.

import { ApiError } from '../django/apiErrors.ts';
import { django } from '../django/django.ts';
import { mediaRoute } from '../django/mediaRoute.ts';
import { tokenScheme } from '../django/schemes.ts';
import { accountRoutes, EMAIL_TAKEN } from './accounts.ts';
import { conversationRoutes } from './conversations.ts';
import { PHONE_TAKEN, registration } from './forms.ts';
import { withMessage } from './wire.ts';

export const solari = django({
  name: 'solari',
  scheme: tokenScheme,
  fieldNames: { firstName: 'full_name', lastName: 'full_name', phone: 'phone_number', text: 'content' },
  fieldOrder: Object.keys(registration),
  refusals: {
    'email-taken': () => new ApiError(400, { message: EMAIL_TAKEN }),
    'phone-taken': PHONE_TAKEN,
    'registration-closed': () => new ApiError(403, { message: 'Registration is closed.' }),
    'user-unknown': () => new ApiError(404, { message: 'Unknown user' }),
    'conversation-unknown': () => new ApiError(404, { message: 'Unknown group' }),
  },
  wrap: withMessage,
  routes: [...accountRoutes, ...conversationRoutes, mediaRoute],
});
