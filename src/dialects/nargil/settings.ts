import { z } from 'zod';

/** The settings of this API, which `src/config.ts` reads with all others. */
export const settings = z.object({
  NARGIL_JWT_SECRET: z
    .string()
    .optional()
    .describe('Secret of the outside sign-on of the nargil API (HS256), 32 characters at least for safety'),
  NARGIL_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Keys of the outside sign-on of the nargil API (RS256, ES256, EdDSA)'),
});
