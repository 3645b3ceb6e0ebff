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
      avoid: [has('.verdict-avoid'), 'to avoid'],
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
  // What became of a package since; it combines with the notes' verdict.
  const FATES = Object.fromEntries(
    'maintained deprecated dormant archived renamed merged superseded shut-down unknown'
      .split(' ')
      .map((fate) => [fate, [has(`.fate-${fate}`), fate.replace('-', ' ')]]),
  );

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
  const { q: input, is, since } = form.elements;
  // Each choice there is, with what can be chosen.
  const selects = [[is, CHOICES[kind] || {}]];
  if (since) selects.push([since, FATES]);
  const output = form.querySelector('output');
  for (const [select, choices] of selects)
    for (const [name, [test, label]] of Object.entries(choices))
      if (entries.some(test)) select.append(new Option(label, name));

  // The legend of the bar chooses, too; once more, and all are there again.
  const buttons = new Map();
  for (const item of document.querySelectorAll('.legend')) {
    const fate = Object.keys(FATES).find((name) =>
      item.classList.contains(`is-${name}`),
    );
    if (!since || !fate) continue;
    const button = document.createElement('button');
    button.type = 'button';
    // The line is below the words alone, and not below the swatch.
    const words = document.createElement('span');
    words.textContent = item.textContent.trim();
    button.append(item.querySelector('svg'), ' ', words);
    button.addEventListener('click', () => {
      since.value = since.value === fate ? '' : fate;
      show();
      keep();
    });
    item.replaceChildren(button);
    buttons.set(fate, button);
  }

  const show = () => {
    for (const [fate, button] of buttons)
      button.setAttribute('aria-pressed', since.value === fate);
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const tests = selects.flatMap(
      ([select, choices]) => choices[select.value]?.[0] ?? [],
    );
    let shown = 0;
    entries.forEach((entry, number) => {
      const fits =
        words.every((word) => texts[number].includes(word)) &&
        tests.every((test) => test(entry));
      for (const part of entry) part.hidden = !fits;
      shown += fits;
    });
    const asked = words.length || tests.length;
    output.value = !asked
      ? ''
      : shown
        ? `${shown} of ${entries.length}`
        : `None of ${entries.length}: take away a word, or choose “all”.`;
  };
  const keep = () => {
    const address = new URL(location);
    for (const { name, value } of [input, ...selects.map(([select]) => select)]) {
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
    for (const [select] of selects) {
      select.value = asked.get(select.name) || '';
      if (select.selectedIndex < 0) select.value = '';
    }
    // Both were one choice once, and links to it may be kept somewhere.
    if (since && FATES[asked.get('is')]) since.value = asked.get('is');
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
