// The texts of the mails.

import type { Letter } from './mail.ts';

export const verificationLetter = (to: string, link: string): Letter => ({
  to,
  subject: 'Is this your e-mail address?',
  text: `Somebody has entered this address for an account. If that was you, open this page within 24 hours:

${link}

If it was not you, ignore this mail: the address is then not confirmed.
`,
});

export const resetLetter = (to: string, link: string): Letter => ({
  to,
  subject: 'Set a new password',
  text: `Somebody has asked to set a new password for your account. If that was you, open this page within 30 minutes:

${link}

It works once. All your devices are signed out when the password is set. If it was not you, ignore this mail: your
password stays as it is.
`,
});
