// Runs before anything is painted: whoever reads another language than the document's own never sees
// that one first. The choice is that of src/words/pick-language.ts, which is made again when the
// page's own script runs; until its words are there the page is blank (src/page/ground.css).
{
  const root = document.documentElement;
  /** As the build wrote it: `en:ltr ar:rtl`, the document's own first. */
  const known = new Map(root.dataset.languages.split(' ').map((language) => language.split(':')));
  const [own] = known.keys();
  const readKept = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  };
  const { kept } = document.currentScript.dataset;
  const wishes = [
    new URLSearchParams(location.search).get('lang'),
    kept ? readKept(kept) : null,
    ...navigator.languages,
  ];
  const tags = wishes.map((wish) => String(wish).toLowerCase().split('-')[0]);
  const tag = tags.find((wish) => known.has(wish)) ?? own;
  if (tag !== own) {
    root.lang = tag;
    root.dir = known.get(tag);
    root.dataset.wordless = '';
  }
}
