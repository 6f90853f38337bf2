// Keeps a test site's partner from computing while a visitor is meant to be slow.
import type { CountedPartner } from '../coordinator/oracle-partner.ts';

/** The oracle shares this process: while it computes, nobody presses anything. */
export function holdPartner(partner: CountedPartner): () => void {
  const encode = partner.encode.bind(partner);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  partner.encode = async (...given) => {
    await released;
    return encode(...given);
  };
  return () => {
    partner.encode = encode;
    release();
  };
}
