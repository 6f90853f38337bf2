// The settlement at a scrape: how the last look at the chain went, and how far the latest epoch is.
import { Gauge, type Registry } from 'prom-client';
import type { Context } from './context.ts';

/** Registers them where credit is paid out. */
export function registerSettlementGauges(registry: Registry, context: Context): void {
  const { database, settlement, now } = context;
  if (!settlement) return;
  const registers = [registry];
  new Gauge({
    name: 'idlewild_settlement_ok',
    help: 'Whether the last look at the chain met nothing wrong, by this process.',
    registers,
    collect() {
      this.set(settlement.health().ok ? 1 : 0);
    },
  });
  new Gauge({
    name: 'idlewild_epoch',
    help: 'Number of the latest epoch, by its state; of the last final one, by final.',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const final = await database.run('findLatestEpoch', { final: true });
      const latest = await database.run('findLatestEpoch', { final: false });
      this.set({ state: 'final' }, final?.number ?? 0);
      if (latest) this.set({ state: latest.state }, latest.number);
    },
  });
  new Gauge({
    name: 'idlewild_epoch_final_age_seconds',
    help: 'How long ago the books of the last final epoch were closed; 0 before the first.',
    registers,
    async collect() {
      const final = await database.run('findLatestEpoch', { final: true });
      this.set(final ? Math.max(0, now() - final.closedAt) / 1_000 : 0);
    },
  });
}
