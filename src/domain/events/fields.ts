// The fields that events have in common.

import { z } from 'zod';

/** A UUID. Only its length is checked: recorded ids were checked before, and a rebuild reads millions of them. */
export const id = z.string().length(36);
export const number = z.int().positive();
export const count = z.int().nonnegative();
export const text = z.string();
export const optionalText = text.nullable();
