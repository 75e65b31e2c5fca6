import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** The path without links, also of something that is not there yet. */
const realOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return join(await realOf(dirname(path)), basename(path));
  }
};

/** Whether a path is that folder or lies in it, whatever links lead there. */
export const liesIn = async (path: string, folder: string): Promise<boolean> => {
  const way = relative(await realOf(resolve(folder)), await realOf(resolve(path)));
  return way.split(sep)[0] !== '..' && !isAbsolute(way);
};
