// Why the contributor failed, for the person in front of it: what it means and what to do. What
// happened is the error's own sentence. Codes come from several areas, so they match by pattern.
import type { WireError } from '#protocol/errors.ts';

export interface Explanation {
  title: string;
  means: string;
  act: string;
}

const explanations: [RegExp, Explanation][] = [
  [
    /wallet\/(refus|reject|denied)|user-rejected|4001/,
    {
      title: 'Your wallet did not sign',
      means: 'Without that one signature no work can be credited to the wallet. Nothing was sent.',
      act: 'Press Start to be asked again, or choose to go on without a wallet.',
    },
  ],
  [
    /^wallet\/wrong-chain$/,
    {
      title: 'The wallet is on another chain',
      means: 'The permission is bound to one chain, though it sends no transaction on it.',
      act: 'Choose that chain in the wallet and press Start, or go on without a wallet.',
    },
  ],
  [
    /^session\/wallet-signature$/,
    {
      title: 'The signature is another account’s',
      means:
        'The wallet signed, but not with the account that it had named. Nothing is credited to ' +
        'an account that did not sign.',
      act: 'Choose one account in the wallet and press Start, or go on without a wallet.',
    },
  ],
  [
    /^wallet\//,
    {
      title: 'The wallet could not be used',
      means: 'The page could not get an account and a signature from it. Nothing was sent.',
      act: 'Unlock the wallet and press Start, or choose to go on without a wallet.',
    },
  ],
  [
    /insecure/,
    {
      title: 'This page is not open securely',
      means:
        'Away from localhost, browsers allow GPU work, signing keys and storage only over https.',
      act: 'Open this page over https, or on this machine as localhost.',
    },
  ],
  [
    /version$|^wire\/arithmetic$/,
    {
      title: 'This page is out of date',
      means: 'The coordinator speaks another version than this page, so neither would understand.',
      act: 'Reload this page. If that does not help, clear the site data and open it again.',
    },
  ],
  [
    /^engine\/(no-|unavailable)|^self-test\//,
    {
      title: 'This device cannot take part',
      means:
        'No way of computing here passed its test: WebGPU gave no adapter or wrong bytes, and ' +
        'WebAssembly is missing or gave wrong bytes. Wrong bytes would only be refused.',
      act: 'Try a current Chrome, Edge, Firefox or Safari, with WebAssembly allowed.',
    },
  ],
  [
    /^cache\/storage-failed$/,
    {
      title: 'This browser stores nothing here',
      means:
        'A signing key, the model’s files and results not yet sent must be kept in the browser. ' +
        'Without that a finished result could be lost, so nothing is computed.',
      act: 'Allow this site to store data, or open it outside a private window, then press Start.',
    },
  ],
  [
    /^cache\//,
    {
      title: 'There is no room to store the model',
      means: 'The browser refused to keep the model’s files, so nothing can be computed.',
      act: 'Free some disk space, or clear the stored model files below, then press Start.',
    },
  ],
  [
    /suspended|banned/,
    {
      title: 'This account is suspended',
      means:
        'The coordinator gives this account no more work, because results of it were refused. ' +
        'Credit that was already verified stays in the record.',
      act: 'Ask the operator of this coordinator, who can see the reasons.',
    },
  ],
  [
    /^session\/foreign-coordinator$/,
    {
      title: 'The coordinator goes by another address',
      means: 'It names an address that this page did not come from, so nothing was signed.',
      act: 'Open the page at the address it names, or tell its operator.',
    },
  ],
  [
    /^session\/refused$/,
    {
      title: 'The coordinator refuses this session',
      means: 'It accepted the signature and then no call under it. Finished results are kept.',
      act: 'Reload this page and press Start. If it stays so, tell the operator.',
    },
  ],
  [
    /^session\/(expired|unknown)$/,
    {
      title: 'Your permission has run out',
      means: 'The signature that lets this browser work for your account is no longer valid.',
      act: 'Press Start to give it again.',
    },
  ],
  [
    /^(shard|manifest|model)\//,
    {
      title: 'The model could not be loaded',
      means: 'A file of it is missing, or is not what its digest says. Nothing of it was used.',
      act: 'Press Start to fetch it again. If it stays so, tell the operator.',
    },
  ],
  [
    /(offline|network|unreachable|timeout)/,
    {
      title: 'The coordinator cannot be reached',
      means: 'Either this machine is offline or the coordinator is. Finished results are kept.',
      act: 'Check the connection, then press Start.',
    },
  ],
  [
    /^session\//,
    {
      title: 'The coordinator refuses this session',
      means: 'It did not take the permission that was signed. Finished results are kept.',
      act: 'Press Start to sign again. If it stays so, tell the operator the code.',
    },
  ],
  [
    /^worker\/crashed$/,
    {
      title: 'The program that computes has ended',
      means:
        'The browser ended it, perhaps for want of memory. Finished results are kept; the units ' +
        'it held run out by themselves.',
      act: 'Close other heavy tabs, or lower the level, and press Start.',
    },
  ],
  [
    /^(coordinator|wire|limits|cbor)\//,
    {
      title: 'The coordinator gave no proper answer',
      means: 'It may be restarting, or something else answers here. Finished results are kept.',
      act: 'Wait a little and press Start. If it stays so, tell the operator the code.',
    },
  ],
  [
    /(memory|device-lost)/,
    {
      title: 'The device gave up',
      means: 'It ran out of memory or its driver reset. The units it held went back.',
      act: 'Close other heavy tabs and press Start, or lower the level.',
    },
  ],
];

export function explainError(error: WireError): Explanation {
  const found = explanations.find(([pattern]) => pattern.test(error.code));
  return found
    ? found[1]
    : {
        title: 'Something went wrong',
        means: 'The contributor stopped. Finished results are kept in this browser.',
        act: error.retryable
          ? 'Press Start to try again.'
          : 'Reload this page and press Start. If it happens again, tell the operator the code.',
      };
}
