import { writeFileSync } from 'node:fs';
import { asyncApiDocument } from '../src/ops/asyncapi.js';
import { Parser } from '@asyncapi/parser';
const d = JSON.stringify(asyncApiDocument(), null, 2);
writeFileSync('/tmp/asyncapi.json', d);
const { document, diagnostics } = await new Parser().parse(d);
console.log(!!document, diagnostics.map((d) => `${d.severity} ${d.code} ${d.path.join('/')} ${d.message}`));
