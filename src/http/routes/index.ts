// Every route of the native API. The busiest come first: the router tries them in this order.

import type { Route } from '../route.ts';
import { accountRoutes } from './accounts.ts';
import { adminRoutes } from './admin.ts';
import { annotationRoutes } from './annotations.ts';
import { attentionRoutes } from './attention.ts';
import { auditRoutes } from './audit.ts';
import { changedMessageRoutes } from './changedMessages.ts';
import { conversationRoutes } from './conversations.ts';
import { documentationRoutes } from './documentation.ts';
import { erasureRoutes } from './erasures.ts';
import { explainRoutes } from './explainAccess.ts';
import { fileRoutes } from './files.ts';
import { limitRoutes } from './limits.ts';
import { mailedLinkRoutes } from './mailedLinks.ts';
import { memberRoutes } from './members.ts';
import { messageRoutes } from './messages.ts';
import { operationRoutes } from './operations.ts';
import { ownAccountRoutes } from './ownAccount.ts';
import { ownDataRoutes } from './ownData.ts';
import { ownSessionRoutes } from './ownSessions.ts';
import { pictureRoutes } from './pictures.ts';
import { presenceRoutes } from './presence.ts';
import { sealRoutes } from './seals.ts';
import { searchRoutes } from './search.ts';
import { sessionRoutes } from './sessions.ts';
import { syncRoutes } from './sync.ts';
import { threadRoutes } from './threads.ts';

/** `operations`: those for operators, all or fewer. */
export const nativeRoutes = (operations: readonly Route[]): readonly Route[] => {
  const described = [
    ...messageRoutes,
    ...changedMessageRoutes,
    ...attentionRoutes,
    ...annotationRoutes,
    ...threadRoutes,
    ...searchRoutes,
    ...conversationRoutes,
    ...syncRoutes,
    ...memberRoutes,
    ...fileRoutes,
    ...pictureRoutes,
    ...sessionRoutes,
    ...ownSessionRoutes,
    ...accountRoutes,
    ...ownAccountRoutes,
    ...presenceRoutes,
    ...ownDataRoutes,
    ...mailedLinkRoutes,
    ...adminRoutes,
    ...erasureRoutes,
    ...limitRoutes,
    ...auditRoutes,
    ...explainRoutes,
    ...sealRoutes,
    ...operations,
  ];
  return [...described, ...documentationRoutes(described)];
};

export const routes = nativeRoutes(operationRoutes);
