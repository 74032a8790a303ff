// Preloaded into a measured process together with --expose-gc: answers over IPC with its memory after a full collection.
process.on('message', (message) => {
  if (message !== 'memory') return;
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ resident: rss, live: heapUsed + external });
});
process.channel?.unref();
