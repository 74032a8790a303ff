import { totalmem } from 'node:os';

const SMALL_MACHINE = 2 * 1024 ** 3;

/** The server's arguments: what every embedded server is set to, and `particular` settings, which win. */
export function serverSettings(particular: Record<string, string>): string[] {
  const settings: Record<string, string> = {
    unix_socket_permissions: '0700',
    // What is acknowledged is on disk.
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // On macOS only this reaches through the drive's cache.
    ...(process.platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),
    shared_buffers: totalmem() < SMALL_MACHINE ? '64MB' : '128MB',
    wal_compression: 'on',
    // Enough log to spread checkpoints under load, little enough to replay in seconds after a power cut.
    max_wal_size: '1GB',
    min_wal_size: '128MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_checkpoints: 'off',
    // The log names errors, never the statements and values in which people's messages stand.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...particular,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
