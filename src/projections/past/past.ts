// A moment of the past, and who looks at it.

import type { EventReader } from '../../store/ports.ts';
import type { SealedMessage } from '../messages.ts';
import type { InTurn } from '../queries/documents.ts';
import type { ReadableViews } from '../readyViews.ts';

export interface Past {
  /** As they are now. */
  readonly views: ReadableViews;
  readonly events: Pick<EventReader, 'readStream'>;
  /** The last that is seen; the views have it. */
  readonly position: number;
  /** Is seen what was taken back since: removed messages, and the profiles of deleted accounts? */
  readonly showsTakenBack: boolean;
  readonly inTurn: InTurn;
  /** Whether is seen what the messages said before they were edited. */
  readonly showsVersionsOf: (messages: readonly SealedMessage[]) => Promise<readonly boolean[]>;
}
