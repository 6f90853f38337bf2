// The meanings of words appear on hover and on focus (base.css); Escape puts them away again until
// the pointer or the focus has left.

export function mountTips(): void {
  const terms = [...document.querySelectorAll<HTMLElement>('.term')];
  addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    for (const term of terms) if (term.matches(':hover, :focus')) term.dataset.hushed = '';
  });
  for (const term of terms) {
    const listen = () => delete term.dataset.hushed;
    term.addEventListener('mouseleave', listen);
    term.addEventListener('blur', listen);
  }
}
