// What can be measured in a page by itself, each as an expression for `page.evaluate`: lists of what is
// wrong, and how far it sticks out.

/** Contrast of every visible piece of text against what lies behind it, below `floor` only. */
export const lowContrast = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const color = getComputedStyle(node).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return getComputedStyle(document.body).backgroundColor;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const low = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(element.outerHTML.slice(0, 80) + ' ' + ratio.toFixed(2));
  }
  return low;
})()`;

/** Things to press that are smaller than 24 px either way; a label is pressed with its box. */
export const smallTargets = `[...document.querySelectorAll('button, input, select, summary, a:not(.skip)')]
  .filter((element) => element.checkVisibility())
  .map((element) => [
    element.outerHTML.slice(0, 60), (element.closest('label') ?? element).getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 24 || height < 24)
  .map(([html]) => html)`;

/** Words that stick out of their own box, and boxes that stick out of the window. */
export const cutOff = `[...document.querySelectorAll('button, label, select, summary, dt, dd, p, legend')]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches('.unseen'))
  .filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline'
      || left < -1 || right > innerWidth + 1;
  })
  .map((element) => element.outerHTML.slice(0, 80))`;

export const overflow =
  'document.documentElement.scrollWidth - document.documentElement.clientWidth';
