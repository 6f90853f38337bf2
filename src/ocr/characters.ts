// What a recognizer's classes stand for. PaddleOCR's English models tell apart the printable
// characters of ASCII in an order of their own; others carry their list in the ONNX file, or have one
// beside it, a character a line.
// https://github.com/PaddlePaddle/PaddleOCR ppocr/utils/en_dict.txt

function range(first: string, last: string): string[] {
  const start = first.charCodeAt(0);
  const count = last.charCodeAt(0) - start + 1;
  return Array.from({ length: count }, (_, i) => String.fromCharCode(start + i));
}

/** "0" to "~", then "!" to "/", then a space; and the space that PaddleOCR adds to every list. */
export const englishCharacters: readonly string[] = [
  ...range('0', '~'),
  ...range('!', '/'),
  ' ',
  ' ',
];

/** @param list a character a line, as PaddleOCR publishes them; it adds the space */
export function parseCharacters(list: string): string[] {
  const lines = list.replace(/\r?\n$/, '').split(/\r?\n/);
  return [...lines, ' '];
}
