// What was pushed is visible: clients of the originals read again as soon as a frame arrives.

import type { Services } from '../../services.ts';

/**
 * Waits, for a bounded time, until the views show what this process pushed to the user's sockets. Sign-ins wait by themselves;
 * a socket's frames must, before they read the views.
 */
export const pushedIsVisible = async (
  { progress, pushedTo }: Pick<Services, 'progress' | 'pushedTo'>,
  userId: string,
): Promise<void> => void (await progress.reached(pushedTo(userId)));
