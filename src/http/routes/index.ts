// Every route of the native API. The busiest come first: the router tries them in this order.

import { accountRoutes } from './accounts.ts';
import { auditRoutes } from './audit.ts';
import { conversationRoutes } from './conversations.ts';
import { documentationRoutes } from './documentation.ts';
import { fileRoutes } from './files.ts';
import { limitRoutes } from './limits.ts';
import { memberRoutes } from './members.ts';
import { messageRoutes } from './messages.ts';
import { operationRoutes } from './operations.ts';
import { sessionRoutes } from './sessions.ts';

const described = [
  ...messageRoutes,
  ...conversationRoutes,
  ...memberRoutes,
  ...fileRoutes,
  ...sessionRoutes,
  ...accountRoutes,
  ...limitRoutes,
  ...auditRoutes,
  ...operationRoutes,
];

export const routes = [...described, ...documentationRoutes(described)];
