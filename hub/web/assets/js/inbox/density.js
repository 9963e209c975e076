// How densely the list stands: at once here, and kept with the agent.

import htmx from "htmx.org";

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-density-form]");
  if (!form) return;
  document.documentElement.dataset.density = form.elements.density.value;
  htmx.ajax("POST", form.action, { source: form, swap: "none", values: { density: form.elements.density.value } });
});
