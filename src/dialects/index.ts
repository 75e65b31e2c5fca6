// The table of all dialects. To add one, import it and put it into the list; to remove one, delete its folder too.

import type { Dialect } from './dialect.ts';
import { djangoChat } from './djangoChat/routes.ts';
import { nargil } from './nargil/routes.ts';
import { silicornya } from './silicornya/routes.ts';
import { solari } from './solari/routes.ts';
import { thanChat } from './thanChat/routes.ts';

/** At the root, the first dialect that has a path answers there. */
export const dialects: readonly Dialect[] = [solari, djangoChat, nargil, thanChat, silicornya];
