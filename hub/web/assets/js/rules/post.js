// Sends a form's fields to the hub and reads what it says.

/** Posts `fields` to `path`; what was answered as JSON. Throws what went wrong, in words. */
export async function post(path, fields, signal) {
  const body = new FormData();
  body.set("csrf_token", document.querySelector("meta[name=csrf]").content);
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(path, {
    method: "POST",
    body,
    signal,
    headers: { Accept: "application/json" },
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}
