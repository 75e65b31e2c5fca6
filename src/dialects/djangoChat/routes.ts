// The routes of Django-Chat-Server.

import { ApiError, noMatch } from '../django/apiErrors.ts';
import { django } from '../django/django.ts';
import { mediaRoute } from '../django/mediaRoute.ts';
import { bearerScheme } from '../django/schemes.ts';
import { accountRoutes, EMAIL_TAKEN, settings, USERNAME_TAKEN } from './accounts.ts';
import { groupRoutes } from './groups.ts';
import { messageRoutes } from './messages.ts';
import { sessionRoutes } from './sessions.ts';
import { account } from './wire.ts';

export const djangoChat = django({
  name: 'django-chat',
  scheme: bearerScheme,
  settings,
  fieldNames: { text: 'message', memberIds: 'members' },
  fieldOrder: Object.keys(account),
  refusals: {
    'username-taken': USERNAME_TAKEN,
    'email-taken': EMAIL_TAKEN,
    'group-name-taken': () => new ApiError(400, { error: 'Group name already exists.' }),
    'user-unknown': () => noMatch('CustomUser'),
    'conversation-unknown': () => noMatch('Group'),
  },
  routes: [...accountRoutes, ...sessionRoutes, ...messageRoutes, ...groupRoutes, mediaRoute],
});
