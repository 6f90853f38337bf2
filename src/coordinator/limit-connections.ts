// How many connections one network may hold open: without it a single stranger could hold all that a
// coordinator takes, and say nothing on them.
import type { Server, Socket } from 'node:net';
import { networkOf } from './network-address.ts';

/** @param onRefused told of each connection that was closed at once */
export function limitConnections(server: Server, max: number, onRefused: () => void): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? '');
    const count = open.get(network) ?? 0;
    if (count >= max) {
      onRefused();
      socket.destroy();
      return;
    }
    open.set(network, count + 1);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  });
}
