// The table of all dialects. To remove one, delete its folder and its name here.

import type { Dialect } from './dialect.ts';
import { djangoChat } from './djangoChat/routes.ts';
import { nargil } from './nargil/routes.ts';
import { silicornya } from './silicornya/routes.ts';
import { solari } from './solari/routes.ts';
import { thanChat } from './thanChat/routes.ts';

/** The first that has a path at the root answers there. */
export const dialects: readonly Dialect[] = [solari, djangoChat, nargil, thanChat, silicornya];
