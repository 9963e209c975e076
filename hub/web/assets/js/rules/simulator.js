// The simulator: Enter says it, the chat stays at its end, the field keeps the focus.

const chat = () => document.getElementById("sim-turns");

function settle() {
  const turns = chat();
  if (turns) turns.scrollTop = turns.scrollHeight;
}

if (chat()) {
  settle();
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "sim-say" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (event.target.value.trim()) document.getElementById("sim-send").click();
  });
  document.addEventListener("htmx:after:swap", () => {
    settle();
    document.getElementById("sim-say")?.focus({ preventScroll: true });
  });
}

// Out of an explanation, back to the conversation.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open], [popover]:popover-open")) return;
  document.getElementById("why-back")?.click();
});
