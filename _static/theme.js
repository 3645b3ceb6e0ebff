// Light, dark, or as the system has it: under the name that Furo remembers it by.
const names = ['auto', 'light', 'dark'];
const button = document.querySelector('.scheme');
const show = (name) => {
  document.body.dataset.theme = name;
};
// Where nothing can be stored, what is to set it before anything is seen has failed.
if (!document.body.dataset.theme) show('auto');
button.addEventListener('click', () => {
  const now = names.indexOf(document.body.dataset.theme);
  const next = names[(now + 1) % names.length];
  show(next);
  try {
    localStorage.setItem('theme', next);
  } catch {
    // Then it holds for this page alone.
  }
});
// Another window of the site may have chosen.
addEventListener('storage', ({ key, newValue }) => {
  if (key === 'theme') show(newValue || 'auto');
});
// "/" searches, wherever one is, unless it is typed into something.
addEventListener('keydown', (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (key !== '/' || ctrlKey || metaKey || altKey) return;
  if (target.closest?.('input, select, textarea, [contenteditable]')) return;
  const field = document.querySelector('.search input[type="search"]');
  const link = document.querySelector('.top a[rel="search"]');
  if (!field && !link) return;
  event.preventDefault();
  if (field) field.select();
  else location.assign(link.href);
});
// Code that doesn't scroll is no stop on the way of the Tab key.
const stops = document.querySelectorAll('pre[tabindex], .table-wrapper');
const setStops = () => {
  for (const box of stops)
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute('tabindex');
};
// Each changes its size with the window, and with the size of the text.
const sizes = new ResizeObserver(setStops);
for (const box of stops) sizes.observe(box);
setStops();
