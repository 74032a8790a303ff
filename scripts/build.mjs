/** Builds when dist is not the build of these sources. */
import { ensureBuilt } from './built.mjs';

process.exitCode = (await ensureBuilt()) ? 0 : 1;
