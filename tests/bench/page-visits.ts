// One visit to the real page: opened, Start pressed, followed until the first result is finished,
// stopped and closed. The page itself takes the times, by its own clock.
import type { BrowserContext, Page } from 'playwright-core';
import type { Phase } from '#worker/status.ts';

/** A visit in which nothing is finished by then has failed. */
const resultMsMax = 240_000;

export interface Visit {
  backend: string;
  /** From the click to the first status in which a unit is finished. */
  resultMs: number;
  /** From the click to the first status of each phase. */
  phaseMs: Partial<Record<Phase, number>>;
  /** CPU time of the tab's process in the meantime: firmer where others use the machine too. */
  cpuMs: number;
  /** Rows of the first unit. */
  rows: number;
  /** Of models, since midnight. */
  downloadedBytes: number;
}

interface Marks {
  click: number;
  phases: Partial<Record<Phase, number>>;
  /** Of the first status with a finished unit, or of the end. */
  at: number | null;
  status: {
    message: string;
    units: number;
    rows: number;
    device: { backend: string } | null;
    today: { downloadedBytes: number };
  };
}

/** Runs in the page; text, because what the TypeScript runner makes of functions does not. */
const takeTimes = `
  const marks = { click: 0, phases: {}, at: null, status: null };
  document.addEventListener('click', (event) => {
    if (event.target.closest('#start')) marks.click = event.timeStamp;
  }, { capture: true, once: true });
  document.addEventListener('idlewild-status', ({ detail }) => {
    const now = performance.now();
    if (marks.at !== null || marks.click === 0) return;
    marks.phases[detail.phase] ??= now;
    if (detail.units === 0 && detail.phase !== 'failed') return;
    marks.at = now;
    marks.status = detail;
    globalThis.tellMarks(JSON.stringify(marks));
  });
`;

interface VisitOptions {
  context: BrowserContext;
  address: string;
  /** Called with the page open and still, before the click. */
  onOpen?: (page: Page) => void;
  /** Called when the first result is there, before Stop. */
  onResult?: (page: Page) => Promise<void>;
}

/** @throws when the contributor fails, or finishes nothing in time */
export async function visit(options: VisitOptions): Promise<Visit> {
  const { context, address, onOpen, onResult } = options;
  const page = await context.newPage();
  try {
    let tell = (_marks: Marks) => {};
    const told = new Promise<Marks>((resolve) => {
      tell = resolve;
    });
    await page.exposeFunction('tellMarks', (text: string) => tell(JSON.parse(text)));
    await page.addInitScript({ content: takeTimes });
    await page.goto(address, { waitUntil: 'networkidle' });
    onOpen?.(page);
    const readCpuMs = await cpuClock(page);
    const cpuMs = await readCpuMs();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const marks = await within(told);
    const spentMs = (await readCpuMs()) - cpuMs;
    if (marks.status.units === 0) throw new Error(`The visit failed: ${marks.status.message}`);
    await onResult?.(page);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
    return { ...toVisit(marks), cpuMs: spentMs };
  } finally {
    await page.close();
  }
}

async function cpuClock(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const time = metrics.find(({ name }) => name === 'ProcessTime');
    if (!time) throw new Error('This browser does not tell CPU time.');
    return 1000 * time.value;
  };
}

async function within(told: Promise<Marks>): Promise<Marks> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `No result within ${resultMsMax / 1000} s of the click.`;
    timer = setTimeout(() => reject(new Error(message)), resultMsMax);
  });
  return Promise.race([told, late]).finally(() => clearTimeout(timer));
}

function toVisit({ click, phases, at, status }: Marks): Omit<Visit, 'cpuMs'> {
  const since = (ms: number) => ms - click;
  const phaseMs = Object.fromEntries(
    Object.entries(phases).map(([phase, ms]) => [phase, since(ms)]),
  );
  return {
    backend: status.device?.backend ?? 'none',
    resultMs: since(at ?? click),
    phaseMs,
    rows: status.rows,
    downloadedBytes: status.today.downloadedBytes,
  };
}
