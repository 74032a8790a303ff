const SCRIPT = 'window.pwned=1';

const TEMPLATES = [
  `<script>${SCRIPT}</script>`,
  `<img src=x onerror=${SCRIPT}>`,
  `<svg onload=${SCRIPT}>`,
  `<svg><script>${SCRIPT}</script></svg>`,
  `<iframe src="javascript:${SCRIPT}"></iframe>`,
  `<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>`,
  `<a href="javascript:${SCRIPT}">tea</a>`,
  `[tea](javascript:${SCRIPT})`,
  `![tea](x "onerror=${SCRIPT}")`,
  `<body onload=${SCRIPT}>`,
  `<details open ontoggle=${SCRIPT}>`,
  `<input autofocus onfocus=${SCRIPT}>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${SCRIPT}>`,
  `<style>@import 'javascript:${SCRIPT}'</style>`,
  `<link rel=stylesheet href=data:,*{x:expression(${SCRIPT})}>`,
  `<object data="data:text/html,<script>${SCRIPT}</script>"></object>`,
  `<template><script>${SCRIPT}</script></template>`,
  `\${${SCRIPT}}`,
  `{{constructor.constructor('${SCRIPT}')()}}`,
  `javascript:${SCRIPT}//https://example.org`,
  `https://example.org/"onmouseover="${SCRIPT}`,
  `https://example.org/'><script>${SCRIPT}</script>`,
  `data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==`,
  `@alice<img src=x onerror=${SCRIPT}>`,
  `{"type":"div","props":{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=${SCRIPT}>"}}}`,
];

const WRAPPINGS: ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => `">${text}`,
  (text) => `'-->${text}<!--`,
  (text) => `</textarea></title></style></script>${text}`,
  (text) => text.replaceAll('<', '&lt;'),
  (text) => text.replaceAll(' ', '/**/'),
  (text) => `\u202E${text}\u202C`,
];

/** Texts that have run in some page once, each in several disguises. */
export function attackStrings(): string[] {
  return [...TEMPLATES.flatMap((text) => WRAPPINGS.map((wrap) => wrap(text))), 'the end of the attack'];
}
