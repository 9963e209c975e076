// The dialog over a thread: whatever is fetched into it opens it, and a form of it that was taken
// closes it.

const sheet = () => document.getElementById("sheet");

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const source = ctx.sourceElement;
  if (ctx.target?.id === "sheet") source?.closest?.("[popover]")?.hidePopover();
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "sheet") return;
  if (!sheet().open) sheet().showModal();
  sheet().querySelector("[autofocus]")?.focus();
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const done = ctx.sourceElement?.closest?.("[data-closes-sheet], [data-opens-message]");
  if (done && ctx.response.status < 400) sheet()?.close();
});
// A form's other choice is meant as soon as something is written for it.
document.addEventListener("input", (event) => {
  const choice = event.target.closest?.("#sheet label.side")?.querySelector("input[type=radio]");
  if (choice && event.target !== choice) choice.checked = true;
});
