// The steps of a receipt's check as a visitor reads them, and the sum of them, which names what was
// checked and claims nothing of what was not.
import { formatBytes, shorten } from '#words/format.ts';
import '#words/say-verify.ts';
import { count, currentLocale, say } from '#words/say.ts';
import type { VerifyCode, VerifyOutcome, VerifyReport, VerifyStep } from '#worker/status.ts';

type Dashed<Code extends VerifyCode> = Code extends `${infer Check}/${infer Rest}`
  ? `check.${Check}-${Rest}`
  : never;
type CheckKey = Dashed<VerifyCode>;

/** A code without a sentence does not compile: the keys are made of the worker's union. */
const sayCheck: (key: CheckKey, values: Record<string, string | number>) => string = say;

const hexShown = 16;

export function sayStep({ code, values }: VerifyStep): string {
  const key = `check.${code.replace('/', '-')}` as CheckKey;
  const shown = Object.entries(values).map(([name, value]) => [name, sayValue(name, value)]);
  const said: Record<string, string | number> = Object.fromEntries(shown);
  // Among the results of a call people count from one; the log numbers its entries from zero.
  if (code === 'result/holds') said.index = Number(values.index) + 1;
  return sayCheck(key, said);
}

function sayValue(name: string, value: string | number): string | number {
  if (name === 'rows') return count('count.rows', Number(value));
  if (name === 'bytes') return formatBytes(Number(value));
  if (value === 'wasm') return 'WebAssembly';
  if (value === 'typescript') return 'TypeScript';
  const isHex = typeof value === 'string' && /^(0x)?[0-9a-f]+$/i.test(value);
  return isHex && value.length > hexShown ? shorten(value) : value;
}

export function sumUp({ steps, outcome }: VerifyReport): string {
  const named = (wanted: VerifyOutcome) => {
    const names = steps
      .filter((step) => step.outcome === wanted)
      .map(({ check }) => say(`verify.name.${check}`));
    return new Intl.ListFormat(currentLocale(), { type: 'conjunction' }).format(names);
  };
  const held = named('holds');
  if (outcome === 'fails') return say('verify.sum.fails', { failed: named('fails') });
  if (outcome === 'holds') return say('verify.sum.holds', { held });
  if (held === '') return say('verify.sum.none');
  const open = steps.filter((step) => step.outcome === 'unchecked');
  const checks = count('count.checks', open.length);
  return say('verify.sum.unchecked', { checks, unchecked: named('unchecked'), held });
}
