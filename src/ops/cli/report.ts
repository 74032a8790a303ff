import Table from 'cli-table3';
import colors from 'picocolors';

const BORDERS = ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) => [
  side,
  `${side}-left`,
  `${side}-mid`,
  `${side}-right`,
]);
const NO_BORDER = { ...Object.fromEntries(BORDERS.map((part) => [part, ''])), middle: '  ' };

/** What a command tells: text for people or, with --json, one document on standard output. Progress and failures go to standard error. */
export class Report {
  constructor(readonly json: boolean) {}

  /** The command's result: said once, at its end. */
  result(value: unknown, text: () => string): void {
    process.stdout.write(this.json ? `${JSON.stringify(value, null, 2)}\n` : `${text()}\n`);
  }

  progress(line: string): void {
    if (!this.json) process.stderr.write(`${colors.dim(line)}\n`);
  }

  failure(code: string, message: string): void {
    process.stderr.write(
      this.json ? `${JSON.stringify({ error: { code, message } })}\n` : `${colors.red('✖')} ${message}\n`,
    );
  }

  table(head: string[], rows: string[][]): string {
    const table = new Table({
      head: head.map((title) => colors.bold(title)),
      chars: NO_BORDER,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    });
    table.push(...rows);
    return table.toString().replace(/[^\S\n]+$/gm, '');
  }
}
