// Runs before the page is drawn, so that nothing shifts: how wide the panes are in this browser,
// and which are folded away. What changes them is in inbox/panes.js.

{
  const root = document.documentElement;
  const read = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage is switched off
    }
  };
  for (const pane of ["rail", "list", "customer"]) {
    const width = Number(read(`payam.${pane}.width`));
    if (width > 0) root.style.setProperty(`--${pane}-own`, `${width}px`);
    if (read(`payam.${pane}`) === "folded") root.dataset[pane] = "folded";
  }
}
