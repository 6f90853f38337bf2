// What the coordinator wrote into the frame's page beside the page's own data block: the origins
// that may embed this project. The coordinator's own is always among them.

const originsMax = 64;
const originLengthMax = 300;

/** @param json the data block's text, or null where the page came without one */
export function readOrigins(json: string | null): string[] {
  let value: unknown;
  try {
    value = JSON.parse(json ?? '{}');
  } catch {
    return [];
  }
  const { embed } = (value ?? {}) as { embed?: { origins?: unknown } };
  const origins = Array.isArray(embed?.origins) ? embed.origins.slice(0, originsMax) : [];
  return origins.filter((origin) => typeof origin === 'string' && origin.length <= originLengthMax);
}
