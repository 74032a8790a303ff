import { useEffect, useRef, useState } from 'preact/hooks';
import { complain } from '../shared/toast.js';
import { type AuditQuery, readLog } from './audit.js';
import { a } from './audit-words.js';

const PAGE = 200;

interface Progress {
  rows: number;
  /** How much of the log is behind, of 1: rows are numbered and the oldest one is the first. */
  share: number;
  done: boolean;
}

/** Reads everything that is asked for, a page at a time, and gives it as a file of one JSON object a line, the oldest row first. */
export function AuditExport({ query }: { query: AuditQuery }) {
  const [progress, setProgress] = useState<Progress>();
  const stopped = useRef(false);
  useEffect(() => () => void (stopped.current = true), []);
  const run = async () => {
    stopped.current = false;
    setProgress({ rows: 0, share: 0, done: false });
    const lines: string[] = [];
    let newest: number | undefined;
    try {
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const { items, next } = await readLog(query, cursor, PAGE);
        if (stopped.current) return;
        for (const act of items) lines.push(JSON.stringify(act));
        newest ??= items[0]?.id;
        const oldest = items.at(-1)?.id;
        const share = next === null || !newest || !oldest ? 1 : (newest - oldest) / newest;
        setProgress({ rows: lines.length, share, done: false });
        cursor = next ?? undefined;
      }
    } catch (error) {
      setProgress(undefined);
      return complain(error);
    }
    save(lines.reverse());
    setProgress({ rows: lines.length, share: 1, done: true });
  };
  const stop = () => {
    stopped.current = true;
    setProgress(undefined);
  };
  const running = progress && !progress.done;
  return (
    <div class="export">
      <div role="status">
        {progress && <span id="export-text">{a.count(running ? 'exporting' : 'exported', progress.rows)}</span>}
      </div>
      {running && <progress aria-labelledby="export-text" value={progress.share} max={1} />}
      {running ? (
        <button type="button" onClick={stop}>
          {a('stop')}
        </button>
      ) : (
        <button type="button" onClick={() => void run()}>
          {a('export')}
        </button>
      )}
    </div>
  );
}

function save(lines: readonly string[]): void {
  const address = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
