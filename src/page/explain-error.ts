// Why the contributor failed, for the person in front of it: what it means and what to do. What
// happened is the error's own sentence. Codes come from several areas, so they match by pattern.
import type { WireError } from '#protocol/errors.ts';
import { say } from '#words/say.ts';

export interface Explanation {
  title: string;
  means: string;
  act: string;
}

/** The first that matches names the words: error.NAME.title, .means and .act. */
const explanations = [
  [/wallet\/(refus|reject|denied)|user-rejected|4001/, 'not-signed'],
  [/^wallet\/wrong-chain$/, 'wrong-chain'],
  [/^wallet\/other-account$/, 'account-gone'],
  [/^session\/wallet-signature$/, 'other-account'],
  [/^wallet\//, 'wallet'],
  [/^chain\/(not-set|wrong-id)$/, 'contract-wallet'],
  [/^chain\//, 'chain-away'],
  [/insecure/, 'insecure'],
  [/version$|^wire\/arithmetic$/, 'version'],
  [/^engine\/(no-|unavailable)|^self-test\//, 'no-device'],
  [/^cache\/storage-failed$/, 'no-store'],
  [/^cache\//, 'no-room'],
  [/suspended|banned/, 'suspended'],
  [/^account\/bound$/, 'bound'],
  [/^consent\//, 'consent'],
  [/^session\/foreign-coordinator$/, 'foreign'],
  [/^session\/refused$/, 'refused'],
  [/^session\/(expired|unknown)$/, 'expired'],
  [/^(shard|manifest|model)\//, 'model'],
  [/^log\//, 'log'],
  [/(offline|network|unreachable|timeout)/, 'network'],
  [/^session\//, 'session'],
  [/^worker\/crashed$/, 'crashed'],
  [/^(coordinator|wire|limits|cbor)\//, 'answer'],
  [/(memory|device-lost)/, 'memory'],
] as const;

export function explainError({ code, retryable }: WireError): Explanation {
  const [, name] = explanations.find(([pattern]) => pattern.test(code)) ?? [];
  if (name) {
    return {
      title: say(`error.${name}.title`),
      means: say(`error.${name}.means`),
      act: say(`error.${name}.act`),
    };
  }
  return {
    title: say('error.other.title'),
    means: say('error.other.means'),
    act: retryable ? say('error.other.act') : say('error.other.reload'),
  };
}
