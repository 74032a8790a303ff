/** The value of one sample, such as `name{label="value"}`, in the text that Prometheus reads; 0 where it has not been counted yet. */
export function valueOf(text: string, sample: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? 0 : Number(line.slice(sample.length + 1));
}
