// A server that a test process starts must not outlive it, though the process be ended by SIGKILL, of
// which it hears nothing: a shell of its own session waits for the end of a pipe that this process
// alone holds open, then stops the server and takes its folder away.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/** PostgreSQL's own file goes when it has stopped; the wait for that is bounded. */
const script = `
cat >/dev/null
kill -QUIT "$1"
for i in $(seq 100); do [ -e "$2/data/postmaster.pid" ] || break; sleep 0.1; done
rm -rf "$2"`;

/** @returns gives the watch up: the server was stopped in order */
export function watchServer(pid: number, home: string): () => void {
  const watch = spawn('sh', ['-c', script, 'sh', String(pid), home], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  // Where there is no shell there is no watch.
  watch.on('error', () => {});
  watch.unref();
  (watch.stdin as unknown as Socket).unref();
  return () => void watch.kill('SIGKILL');
}
