/** Ends the database server of the run by ending its input. */
export default async function stopDatabase() {
  const child = globalThis.besedkaDatabase;
  if (!child || child.exitCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  await gone;
}
