// The time zone of this browser, offered where one's own is chosen and it is another.

const here = document.querySelector("[data-zone-here]");
const field = document.getElementById("time_zone");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (here && zone && field.value !== zone && document.querySelector(`#zones option[value="${CSS.escape(zone)}"]`)) {
  here.querySelector("bdi").textContent = zone;
  here.hidden = false;
  here.querySelector("button").addEventListener("click", () => {
    field.value = zone;
    field.form.requestSubmit();
  });
}
