// The search: one result for each thing (a talk, a person, a package), best first.
// What is searched is written into search-data.js (notesite/search.py), so it works from
// a folder too; it is fetched once somebody types.  Words are taken as they are: PyPy is
// no form of PyPI.
const startSearch = ({ kinds, about, pages, things }) => {
  const form = document.querySelector('form.search');
  const list = document.querySelector('#search-results ul');
  const said = document.querySelector('.search-summary');
  const help = document.querySelector('.search-help');
  const instead = help.querySelector('.did-you-mean');

  // As people type: without accents, in any case.
  const plain = (text) =>
    text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase();
  // The words of a text, where they stand in it, and whether one goes on from the one
  // before: after a space, a hyphen, a dot, not in another sentence or line.
  const wordsOf = (text) => {
    let last = -1;
    return Array.from(text.matchAll(/[\p{L}\p{N}]+/gu), ({ 0: word, index }) => {
      const goesOn = index - last === 1 && text[last] !== '\n';
      last = index + word.length;
      return { word: plain(word), start: index, end: last, goesOn };
    });
  };

  // Where what is wanted starts with a word, spaces and hyphens left out on both sides:
  // "websockets" is in "web sockets".  Whole, or as the beginning of a longer word.
  const finds = (words, wanted) => {
    const found = [];
    words.forEach((first, number) => {
      let joined = '';
      for (let last = number; last < words.length; last += 1) {
        if (last > number && !words[last].goesOn) return;
        joined += words[last].word;
        if (joined.length >= wanted.length) {
          if (joined.startsWith(wanted))
            found.push({
              start: first.start,
              end: words[last].end,
              whole: joined === wanted,
            });
          return;
        }
        if (!wanted.startsWith(joined)) return;
      }
    });
    return found;
  };
  const inside = (words, wanted) =>
    words.filter(({ word }) => word.includes(wanted));

  const texts = pages.flatMap(([kind, title, address, sections]) => ({
    kind,
    names: [title],
    address,
    sections: sections.map(([anchor, heading, text]) => ({
      anchor,
      heading,
      text,
      words: wordsOf(text),
      headed: wordsOf(heading),
    })),
  }));
  const all = [
    ...texts,
    ...things.map(([kind, names, address]) => ({
      kind,
      names,
      address,
      sections: [],
    })),
  ].map((entry, number) => ({
    ...entry,
    number,
    named: entry.names.map(wordsOf),
  }));

  // How well a name fits: 4 is it, 3 has the words, 2 begins so, 1 has them apart.
  const score = (words, query, look) => {
    const found = look(words, query.joined);
    if (query.joined === words.map(({ word }) => word).join('')) return 4;
    if (found.some(({ whole }) => whole)) return 3;
    if (found.length) return 2;
    return query.words.every((word) => look(words, word).length) ? 1 : 0;
  };

  // What of an entry fits a query: null, or how well, and its best section.
  const judge = (entry, query, look) => {
    const name = Math.max(
      ...entry.named.map((words) => score(words, query, look)),
    );
    let best = null;
    for (const section of entry.sections) {
      let hits = look(section.words, query.joined);
      let value = hits.length && (hits.some((hit) => hit.whole) ? 3 : 2);
      if (!hits.length) {
        const each = query.words.map((word) => look(section.words, word));
        if (each.every((some) => some.length)) [hits, value] = [each.flat(), 1];
      }
      if (look(section.headed, query.joined).length) value += 4;
      if (value && (!best || value > best.value || (value === best.value && hits.length > best.hits.length)))
        best = { section, hits, value };
    }
    // Words may stand in several sections of a page.
    if (!best && entry.sections.length && query.words.length > 1) {
      const where = query.words.map((word) =>
        entry.sections.find((section) => look(section.words, word).length),
      );
      if (where.every(Boolean))
        best = {
          section: where[0],
          hits: look(where[0].words, query.words[0]),
          value: 0.5,
        };
    }
    return name || best ? { entry, name, best } : null;
  };

  const order = (a, b) => {
    // What is about the site comes last, unless that is its very name.
    const named = ({ name, entry }) =>
      entry.kind < about || name === 4 ? name : 0;
    return (
      named(b) - named(a) ||
      a.entry.kind - b.entry.kind ||
      b.name - a.name ||
      (b.best?.value ?? 0) - (a.best?.value ?? 0) ||
      (b.best?.hits.length ?? 0) - (a.best?.hits.length ?? 0) ||
      a.entry.number - b.entry.number
    );
  };

  const make = (tag, name, ...content) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...content);
    return made;
  };

  // The words around the first place that fits, and those that fit marked.
  const AROUND = 90;
  const snippet = ({ section: { text }, hits }) => {
    const first = hits.length ? Math.min(...hits.map((hit) => hit.start)) : 0;
    let start = Math.max(0, first - AROUND);
    let end = Math.min(text.length, first + 2 * AROUND);
    if (start) start = text.indexOf(' ', start) + 1 || start;
    if (start > first) start = first;
    if (end < text.length) end = Math.max(text.lastIndexOf(' ', end), first);
    const pieces = [start ? '… ' : ''];
    let at = start;
    for (const hit of [...hits].sort((a, b) => a.start - b.start)) {
      if (hit.start < at || hit.end > end) continue;
      pieces.push(text.slice(at, hit.start));
      pieces.push(make('mark', '', text.slice(hit.start, hit.end)));
      at = hit.end;
    }
    pieces.push(text.slice(at, end), end < text.length ? ' …' : '');
    return pieces.map((piece) =>
      typeof piece === 'string' ? piece.replaceAll('\n', ' · ') : piece,
    );
  };

  // Of what has no text: the pages that name it.
  const naming = ({ named, address }) => {
    const home = texts.find((page) => address.startsWith(`${page.address}#`));
    const joined = named.map((words) => words.map(({ word }) => word).join(''));
    const where = texts
      .filter(({ kind, sections }) =>
        kind < about &&
        sections.some(({ words }) =>
          joined.some((name) => finds(words, name).some((hit) => hit.whole)),
        ),
      )
      .map(({ names }) => names[0]);
    return [
      home ? `in ${home.names[0]}` : '',
      where.length ? `named in ${where.join(', ')}` : '',
    ]
      .filter(Boolean)
      .join('; ');
  };

  const item = ({ entry, best }) => {
    const { names, kind, address, sections } = entry;
    const anchor = best?.section.anchor ? `#${best.section.anchor}` : '';
    const link = make('a', '', names[0]);
    link.href = address + anchor;
    const others = names.length > 1 ? ` (${names.slice(1).join(', ')})` : '';
    const place = best?.section.anchor ? `: ${best.section.heading}` : '';
    const about = best ? snippet(best) : [];
    if (!best)
      about.push(
        sections.length
          ? sections.map(({ text }) => text).join(' ').slice(0, 2 * AROUND)
          : naming(entry),
      );
    return make(
      'li',
      '',
      link,
      others,
      place,
      ' ',
      make('span', 'kind', kinds[kind]),
      make('p', 'context', ...about),
    );
  };

  // How many letters two words differ by.
  const distance = (a, b) => {
    let row = Array.from({ length: b.length + 1 }, (_, number) => number);
    for (let i = 1; i <= a.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= b.length; j += 1)
        next.push(
          Math.min(
            next[j - 1] + 1,
            row[j] + 1,
            row[j - 1] + (a[i - 1] !== b[j - 1]),
          ),
        );
      row = next;
    }
    return row.at(-1);
  };
  // Names that are nearly what was typed.
  const nearly = (wanted) =>
    all
      .flatMap(({ names, named, address }) =>
        named.map((words, number) => ({
          name: names[number],
          address,
          far: distance(wanted, words.map(({ word }) => word).join('')),
        })),
      )
      .filter(({ far }) => far <= Math.max(1, wanted.length / 4))
      .sort((a, b) => a.far - b.far)
      .filter(({ name }, number, near) =>
        near.slice(0, number).every((other) => other.name !== name),
      )
      .slice(0, 3);

  const show = () => {
    const typed = form.elements.q.value.trim();
    const words = wordsOf(typed).map(({ word }) => word);
    const query = { words, joined: words.join('') };
    const look = (how) =>
      all.map((entry) => judge(entry, query, how)).filter(Boolean);
    let found = [];
    if (words.length) {
      found = look(finds);
      // Nothing begins so: perhaps something has it inside.
      if (!found.length && query.joined.length > 2) found = look(inside);
    }
    list.replaceChildren(...found.sort(order).map(item));
    const nothing = Boolean(typed) && !found.length;
    help.hidden = Boolean(found.length);
    instead.replaceChildren();
    if (nothing) {
      const apart =
        words.length > 1 ? ' All words have to be on one page.' : '';
      said.textContent = `Nothing was found for “${typed}”.${apart}`;
      nearly(query.joined).forEach(({ name, address }, number) => {
        const link = make('a', '', name);
        link.href = address;
        instead.append(number ? ', ' : 'Did you mean ', link);
      });
      if (instead.childNodes.length) instead.append('?');
    } else if (typed)
      said.textContent =
        found.length > 1 ? `${found.length} found.` : '1 found.';
    else said.textContent = '';
  };

  return show;
};

(() => {
  const form = document.querySelector('form.search');
  const results = document.querySelector('#search-results');
  let show;
  const fetchData = () => {
    if (results.getAttribute('aria-busy')) return;
    results.setAttribute('aria-busy', 'true');
    const script = document.createElement('script');
    script.src = form.dataset.searched;
    script.addEventListener('load', () => {
      results.setAttribute('aria-busy', 'false');
      show = startSearch(window.searchData);
      show();
    });
    script.addEventListener('error', () => {
      // The next key tries again.
      results.removeAttribute('aria-busy');
      document.querySelector('.search-summary').textContent =
        'What is searched could not be fetched.';
    });
    document.head.append(script);
  };
  const search = () => {
    if (show) show();
    else if (form.elements.q.value.trim()) fetchData();
  };
  const keep = () => {
    const address = new URL(location);
    if (form.elements.q.value) address.searchParams.set('q', form.elements.q.value);
    else address.searchParams.delete('q');
    try {
      history.replaceState(null, '', address);
    } catch {
      // From a folder some browsers don't allow it.
    }
  };
  form.elements.q.value = new URLSearchParams(location.search).get('q') ?? '';
  form.addEventListener('input', () => {
    search();
    keep();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    search();
    keep();
  });
  search();
})();
