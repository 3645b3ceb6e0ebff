// A field and a choice above a collected list; without a script, the list is whole.
// The form stands in the page (_templates/filter.html), for nothing to move as it loads.
// What was typed and chosen is kept in the address, to be shared or come back to.
(() => {
  const list = document.querySelector(
    'dl.talk-list, ul.talk-list:not(.places-list)',
  );
  if (!list || !document.querySelector('.filter')) return;

  // What can be chosen: its name in the address -> the entries it keeps, and its label.
  const has = (selector) => (entry) =>
    entry.some((part) => part.matches(selector) || part.querySelector(selector));
  const not = (test) => (entry) => !test(entry);
  const CHOICES = {
    'package-list': {
      recommended: [has('.verdict-recommended'), 'recommended'],
      interesting: [has('.verdict-interesting'), 'interesting'],
      'not-relevant': [has('.verdict-not-relevant'), 'not relevant'],
      // What became of it since.
      ...Object.fromEntries(
        'maintained dormant archived renamed merged superseded shut-down unknown'
          .split(' ')
          .map((fate) => [
            fate,
            [has(`.fate-${fate}`), `since then: ${fate.replace('-', ' ')}`],
          ]),
      ),
    },
    'speaker-list': {
      spoke: [has('.spoke'), 'who spoke'],
      named: [not(has('.spoke')), 'who was only named'],
    },
    'todo-list': {
      open: [not(has('.done')), 'open'],
      done: [has('.done'), 'done'],
    },
  };
  const kind = Object.keys(CHOICES).find((name) => list.classList.contains(name));
  const choices = CHOICES[kind] || {};

  // An entry is a term with what follows it, or an item.
  const entries = [];
  for (const part of list.children) {
    if (part.tagName === 'DD') entries.at(-1).push(part);
    else entries.push([part]);
  }
  // As people type: without accents, in any case.
  const plain = (text) =>
    text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase();
  const texts = entries.map((entry) =>
    plain(entry.map((part) => part.textContent).join(' ')),
  );

  const form = document.querySelector('.filter');
  const { q: input, is: select } = form.elements;
  const output = form.querySelector('output');
  for (const [name, [test, label]] of Object.entries(choices))
    if (entries.some(test)) select.append(new Option(label, name));

  const show = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const test = choices[select.value]?.[0];
    let shown = 0;
    entries.forEach((entry, number) => {
      const fits =
        words.every((word) => texts[number].includes(word)) &&
        (!test || test(entry));
      for (const part of entry) part.hidden = !fits;
      shown += fits;
    });
    output.value =
      shown === entries.length
        ? `${shown} in all`
        : `${shown} of ${entries.length}`;
  };
  const keep = () => {
    const address = new URL(location);
    for (const { name, value } of [input, select]) {
      if (value) address.searchParams.set(name, value);
      else if (name) address.searchParams.delete(name);
    }
    try {
      history.replaceState(null, '', address);
    } catch {
      // From a folder some browsers don't allow it.
    }
  };
  const read = () => {
    const asked = new URLSearchParams(location.search);
    input.value = asked.get('q') || '';
    select.value = asked.get('is') || '';
    if (select.selectedIndex < 0) select.value = '';
    show();
  };
  form.addEventListener('input', () => {
    show();
    keep();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  // A link to an entry shows it, whatever the filter.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const entry = target?.closest('[hidden]');
    if (!entry || !list.contains(entry)) return;
    form.reset();
    show();
    keep();
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  read();
  reveal();
})();
