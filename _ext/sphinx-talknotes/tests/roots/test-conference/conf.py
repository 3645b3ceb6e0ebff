project = 'Conference'
extensions = ['sphinx_talknotes']
primary_domain = 'talk'
nitpicky = True
talk_show_fields = False
# The panel isn't to be in lists of talks.
suppress_warnings = ['talk.no-talk']
exclude_patterns = ['_build', '_apart']
latex_documents = [('index', 'conference.tex', 'Conference', 'An attendee', 'manual')]
man_pages = [('index', 'conference', 'Conference', ['An attendee'], 1)]
texinfo_documents = [
    ('index', 'conference', 'Conference', 'An attendee', 'conference', 'Notes', 'Misc')
]
epub_copyright = 'the notes: their author'
epub_show_urls = 'no'
version = '1'
