// Hands and eyes on one document in Firefox, a page's own or a frame's: what a test presses, reads and
// waits for.
import type { Bidi } from './bidi.ts';

export interface FirefoxHands {
  /** Runs a function there; it sees nothing of the test but what is given. */
  call<Given extends unknown[], Result>(
    look: (...given: Given) => Result | Promise<Result>,
    ...given: Given
  ): Promise<Result>;
  /** Waits until something holds there, looking after each change of the document. */
  until<Given extends unknown[]>(
    holds: (...given: Given) => boolean,
    ...given: Given
  ): Promise<void>;
  /** Clicks with the mouse what assistive technology would call so. */
  press(role: string, name: string): Promise<void>;
  /** Clicks with the mouse on the one element of this CSS selector. */
  pressAt(selector: string): Promise<void>;
  /** Types into what has the focus. */
  type(keys: string): Promise<void>;
}

/** Keys by their names in WebDriver (w3.org/TR/webdriver, section 17.4.2). */
export const keys = { left: '\uE012' } as const;

/** @param context of the document, as BiDi names it */
export function handsIn(bidi: Bidi, context: string): FirefoxHands {
  async function evaluate(expression: string): Promise<unknown> {
    const target = { context };
    const asked = { expression, target, awaitPromise: true, userActivation: false };
    const { type, result, exceptionDetails } = await bidi.command('script.evaluate', asked);
    if (type !== 'success') throw new Error(`In Firefox: ${exceptionDetails.text}`);
    return result.value === undefined ? undefined : JSON.parse(result.value);
  }
  const act = (...actions: object[]) => bidi.command('input.performActions', { context, actions });
  async function click(locator: object): Promise<void> {
    const { nodes } = await bidi.command('browsingContext.locateNodes', { context, locator });
    if (nodes.length !== 1) throw new Error(`${nodes.length} of ${JSON.stringify(locator)}.`);
    const [{ sharedId }] = nodes;
    await bidi.command('script.callFunction', {
      functionDeclaration: `(element) => element.scrollIntoView({ block: 'center' })`,
      arguments: [{ sharedId }],
      target: { context },
      awaitPromise: false,
    });
    const origin = { type: 'element', element: { sharedId } };
    const actions = [
      { type: 'pointerMove', x: 0, y: 0, origin },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    await act({ type: 'pointer', id: 'mouse', actions });
  }

  return {
    call: (look, ...given) => evaluate(callOf(look, given)) as never,
    async until(holds, ...given) {
      await evaluate(`(${untilHolds})(() => (${holds})(...${JSON.stringify(given)}))`);
    },
    press: (role, name) => click({ type: 'accessibility', value: { role, name } }),
    pressAt: (selector) => click({ type: 'css', value: selector }),
    async type(text) {
      const strokes = [...text].flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]);
      await act({ type: 'key', id: 'keyboard', actions: strokes });
    },
  };
}

/** Values travel as JSON, both ways. */
function callOf(look: unknown, given: unknown[]): string {
  return `(async () => JSON.stringify(await (${look})(...${JSON.stringify(given)})))()`;
}

/** Runs in the page. */
function untilHolds(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      observer.disconnect();
      resolve();
    };
    const observer = new MutationObserver(look);
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    observer.observe(document, all);
    look();
  });
}
