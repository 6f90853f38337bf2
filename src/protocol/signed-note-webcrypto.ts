// Ed25519 by WebCrypto, for pages and workers. Browsers gained it late (Safari 17, Firefox 129,
// Chrome 137): before, our own is fetched. Where the page is not secure the answer is `unsupported`.
import type { Ed25519Answer, Ed25519Claim } from './signed-note-verify.ts';

/** Named without a type of DOM or Node, so that it compiles for each. */
const algorithm = { name: 'Ed25519' };

export async function verifyByWebCrypto(claim: Ed25519Claim): Promise<Ed25519Answer> {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return 'unsupported';
  const { publicKey, message, signature } = claim;
  try {
    const key = await subtle.importKey('raw', publicKey, algorithm, false, ['verify']);
    const valid = await subtle.verify(algorithm, key, signature, message);
    return valid ? 'valid' : 'invalid';
  } catch (thrown) {
    // Any other refusal is of this key or this signature: a point that is none, for example.
    const name = thrown instanceof Error ? thrown.name : '';
    if (name !== 'NotSupportedError') return 'invalid';
    const { verifyEd25519 } = await import('./verify-ed25519.ts');
    return (await verifyEd25519(claim)) ? 'valid' : 'invalid';
  }
}
