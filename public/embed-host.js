// The example host page's own script: three buttons for the widget's methods, and its events as
// sentences.
const widget = document.querySelector('idlewild-contributor');
const state = document.getElementById('state');
const figures = document.getElementById('figures');

for (const method of ['start', 'pause', 'finish']) {
  document.getElementById(method).addEventListener('click', () => widget[method]());
}
widget.addEventListener('ready', ({ detail }) => {
  state.textContent = `Ready, for ${detail.name}.`;
});
widget.addEventListener('statuschange', ({ detail }) => {
  state.textContent = detail.message;
});
widget.addEventListener('progress', ({ detail }) => {
  figures.textContent = `${detail.units} units finished here, ${detail.accepted} accepted so far.`;
});
widget.addEventListener('error', ({ detail }) => {
  state.textContent = `${detail.message} (${detail.code})`;
});
