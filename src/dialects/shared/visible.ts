import { Unavailable } from '../../store/ports.ts';

/** A document that was recorded before. @throws Unavailable while the views do not have it */
export const visible = async <T>(found: Promise<T | undefined>): Promise<T> => {
  const document = await found;
  if (document === undefined) throw new Unavailable('views');
  return document;
};
