import { writeFileSync } from 'node:fs';
import { renderMetadata } from './metadata.js';
writeFileSync('/work/main/src/metadata.ts', await renderMetadata());
