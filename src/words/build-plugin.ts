// The bundler's part in the dictionary: HTML gets its English when the page is built, and, where
// public/first-language.js asks for them, the languages that there are.
import type { Plugin } from 'vite';
import { page } from './english-html.ts';
import { languages } from './languages.ts';
import { putWords } from './put-words.ts';
import { english } from './say.ts';

export function wordsPlugin(): Plugin {
  return {
    name: 'words',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => putWords(putLanguages(html), { ...english, ...page }),
    },
  };
}

function putLanguages(html: string): string {
  if (!html.includes('/first-language.js')) return html;
  const list = languages.map(({ tag, direction }) => `${tag}:${direction}`).join(' ');
  return html.replace('<html ', `<html data-languages="${list}" `);
}
