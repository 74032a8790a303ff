/** A time of ours as Django writes it: six digits behind the second, or none when they are zero; at an offset of whole hours. */
export function djangoTime(iso: string, hours: 0 | 3): string {
  const [second, fraction] = new Date(Date.parse(iso) + hours * 3_600_000).toISOString().slice(0, -1).split('.') as [
    string,
    string,
  ];
  return `${second}${fraction === '000' ? '' : `.${fraction}000`}${hours === 0 ? 'Z' : `+0${hours}:00`}`;
}

/** The same moment as `DD-MM-YYYY HH:MM:SS`, in UTC. */
export function plainTime(iso: string): string {
  const [, year, month, day, time] = /^(\d+)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(new Date(iso).toISOString())!;
  return `${day}-${month}-${year} ${time}`;
}
