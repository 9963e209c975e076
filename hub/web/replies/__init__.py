"""Reply templates in the browser: the list, the editor with its previews, the revisions."""
