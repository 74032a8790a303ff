/** The service as `npm start` runs it, ending with the rig; with the seeded bug that is named as its argument, if one is. */
import { serve } from '../../../src/serve.js';
import type { SeededBug } from './bug-names.js';

process.on('disconnect', () => process.exit(1));
const bug = process.argv[2] as SeededBug | undefined;
if (bug) (await import('./seeded-bugs.js')).plant(bug);
await serve();
process.send?.('serving');
