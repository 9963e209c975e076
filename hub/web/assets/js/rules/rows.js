// The order of the builder's rows, by Alt with an arrow key and by dragging.
//
// A row knows the list that it stands for (`row.list`) and its place in it (`row.place`).

/** Lets rows of `root` move within their lists; `moved(path)` is told where the focus was. */
export function orderable(root, moved) {
  let from = null;
  const rowOf = (event) => event.target.closest?.(".build-row");

  root.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = rowOf(event);
    if (!row?.node) return;
    event.preventDefault();
    const to = row.place + (event.key === "ArrowUp" ? -1 : 1);
    if (to < 0 || to >= row.list.length) return;
    row.list.splice(to, 0, ...row.list.splice(row.place, 1));
    moved(event.target.dataset.path);
  });
  // Only by the grip, so that words in fields can still be selected.
  root.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".grip")?.closest(".build-row");
    if (row?.node) row.draggable = true;
  });
  root.addEventListener("dragstart", (event) => {
    from = rowOf(event);
    event.dataTransfer.effectAllowed = "move";
  });
  root.addEventListener("dragover", (event) => {
    if (from && rowOf(event)?.list === from.list) event.preventDefault();
  });
  root.addEventListener("drop", (event) => {
    const over = rowOf(event);
    if (!from || over?.list !== from.list || over === from) return;
    event.preventDefault();
    from.list.splice(over.place, 0, ...from.list.splice(from.place, 1));
    moved(null);
  });
  root.addEventListener("dragend", () => {
    from?.removeAttribute("draggable");
    from = null;
  });
}
