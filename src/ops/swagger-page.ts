import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** Where Swagger UI's files are: it comes with @nestjs/swagger. */
export const SWAGGER_DIRECTORY = dirname(
  createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger/package.json')).resolve(
    'swagger-ui-dist/package.json',
  ),
);

/** Those of them that are served. */
export const SWAGGER_FILES = new Set(['/swagger-ui-bundle.js', '/swagger-ui.css', '/favicon-32x32.png']);

/** Everything comes from this origin and nothing is inline; images are also embedded in Swagger UI's style sheet. */
export const SWAGGER_PAGE_POLICY = [
  `default-src 'self'`,
  `img-src 'self' data:`,
  `object-src 'none'`,
  `base-uri 'none'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
].join('; ');

/** The page that holds Swagger UI; `base` leads from its address to /docs. */
export function swaggerPage(base: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Besedka API</title>
<link rel="stylesheet" href="${base}/swagger-ui.css">
<link rel="stylesheet" href="${base}/start.css">
<link rel="icon" type="image/png" href="${base}/favicon-32x32.png">
</head>
<body>
<nav><a href="${base}/guides">Guides</a> <a href="${base}/events">Socket events, live</a> <a href="${base}/asyncapi.json">AsyncAPI document</a></nav>
<div id="swagger-ui" data-document="${base}/openapi.json"></div>
<noscript><p>Swagger UI needs JavaScript. The document itself: <a href="${base}/openapi.json">openapi.json</a>, <a href="${base}/openapi.yaml">openapi.yaml</a>.</p></noscript>
<script src="${base}/swagger-ui-bundle.js"></script>
<script src="${base}/start.js"></script>
</body>
</html>
`;
}

export const SWAGGER_STYLE = `body { margin: 0; background: #fff }
nav { display: flex; gap: 1.5rem; max-width: 1460px; margin: 0 auto; padding: 1rem 20px 0; font: 14px sans-serif }
`;

/** Starts Swagger UI without its validator badge and without remembering tokens. */
export const SWAGGER_START = `const place = document.getElementById('swagger-ui');
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  queryConfigEnabled: false,
  persistAuthorization: false,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
});
`;
