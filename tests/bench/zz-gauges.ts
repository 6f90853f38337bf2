// temporary
import { PGlite } from '@electric-sql/pglite';
import { migrate } from '#store/migrate.ts';
import { listAllBatches, listContributors, readLedgerTotals } from '#store/operator-lists.ts';
import { readGauges } from '#store/operator-reads.ts';
const db = await PGlite.create({ startParams: [...PGlite.defaultStartParams, '-c', 'enable_seqscan=off'] });
await migrate({ exec: (s) => db.exec(s), query: async (s, p) => (await db.query(s, p)).rows as never });
const n = Number(process.argv[2]);
await db.exec(`insert into projects (id,name,words,created_at) values ('p','p','',1);
insert into files (id,project_id,purpose,filename,bytes,blob,created_at) values ('f','p','batch','f',1,'b',1);
insert into batches (id,project_id,input_file_id,endpoint,completion_window,status,created_at,expires_at,units_total,units_done)
 select 'batch_'||i,'p','f','e','24h',case when i%5=0 then 'in_progress' else 'completed' end,i,1,100,50 from generate_series(1,10000) i;`);
for (let at = 0; at < n; at += 100000) {
await db.exec(`insert into units (batch_id,ordinal,digest,model,input_blob,row_count,cost,lines_alone,project_id,level,made_at,kind,state,output_digest,output_blob)
 select 'batch_'||(1+i%10000), i/10000, decode(lpad(to_hex(i),64,'0'),'hex'), decode(lpad('1',64,'0'),'hex'),'b',32,1000,1,'p',0,1,0,case when i%2=0 then 0 else 2 end, case when i%2=0 then null else decode(lpad('1',64,'0'),'hex') end, case when i%2=0 then null else 'b' end from generate_series(${at},${at + 99999}) i`);
}
await db.exec(`insert into accounts (id,created_at) select '0x'||i, 1 from generate_series(1,20000) i;
insert into sessions (id,account_id,session_key,nonce,wallet_grant,wallet_signature,backend,adapter,self_test,address,created_at,expires_at,last_wanted_at)
 select 's'||i,'0x'||i,'\\x00',decode(lpad(to_hex(i),64,'0'),'hex'),'\\x00','\\x00','wasm','a','\\x00','a',1,1,i from generate_series(1,20000) i`);
const t = { query: async (s: string, p?: unknown[]) => (await db.query(s, p)).rows, signingKey: null } as never;
const time = async (name: string, f: () => Promise<unknown>) => {
  const all = [];
  for (let i = 0; i < 7; i++) { const c = process.cpuUsage(); await f(); const d = process.cpuUsage(c); all.push((d.user + d.system) / 1000); }
  all.sort((a, b) => a - b);
  console.log(name, 'median CPU ms', all[3].toFixed(1), 'min', all[0].toFixed(1));
};
await time('gauges', () => readGauges(t, { liveSince: 19000 }));
await time('batches', () => listAllBatches(t, { limit: 50 }));
await time('contributors', () => listContributors(t, { limit: 100 }));
await time('ledger', () => readLedgerTotals(t, null));
for (const q of ["select count(*)::int from (select 1 from units where state + 0 = 0 and wanted + 0 = 0 and kind + 0 = 1 limit 100000) as c", "select status, count(*) as batches, sum(units_total) from batches group by status"]) {
  console.log((await db.query(`explain ${q}`)).rows.map((r: any) => r['QUERY PLAN']).join('\n'));
}
process.exit(0);
