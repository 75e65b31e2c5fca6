// The HTML pages of a Django in production, for what never reaches a view.

const page = (title: string, text: string): string =>
  `<!doctype html>\n<html lang="en">\n<head><title>${title}</title></head>\n<body><h1>${title}</h1><p>${text}</p></body>\n</html>\n`;

export const pages = {
  400: page('Bad Request (400)', ''),
  404: page('Not Found', 'The requested resource was not found on this server.'),
  500: page('Server Error (500)', ''),
} as const;
