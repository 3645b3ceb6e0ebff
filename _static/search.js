// A piece of each page that is found.  Sphinx looks for its text in what has
// role="main", which no <main> needs to say, and warns of each page without.
// A drawing has no sentences.
const textOf = Search.htmlToText;
Search.htmlToText = (html, anchor) =>
  textOf(
    html
      .replace('<main ', '<main role="main" ')
      .replace(/<(text|title|desc)\b.*?<\/\1>/gs, ''),
    anchor,
  );
// From a folder a page can't read others: it needn't try.
if (location.protocol === 'file:')
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
