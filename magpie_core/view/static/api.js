// Asks the server. The token comes behind # in the address that was printed, and stays in this tab.

const KEY = "magpie-view-token";
const token = takeToken();

function takeToken() {
  const hash = new URLSearchParams(location.hash.slice(1));
  const given = hash.get("token");
  if (given) {
    sessionStorage.setItem(KEY, given);
    hash.delete("token");
    history.replaceState(null, "", `#${hash}`);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

/** A refusal, in the server's words. */
export class Refused extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint ?? "";
  }
}

async function send(path, body, signal) {
  const headers = { "content-type": "application/json", "x-magpie-token": token };
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("the server does not answer", "start magpie view again");
  }
  if (answer.status === 401) throw new Refused("this page was opened without its token", "open the address that magpie view printed");
  return answer;
}

/** The answer to a question, as data. */
export async function ask(path, body = {}, signal = undefined) {
  const answer = await send(path, body, signal);
  const data = await answer.json();
  if (data?.error) throw new Refused(data.error, data.hint);
  return data;
}

/** Server-sent events, one call each; ends when they do. */
export async function listen(path, body, signal, take) {
  const answer = await send(path, body, signal);
  if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
    const data = await answer.json();
    throw new Refused(data.error ?? "the server refused", data.hint);
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) take(JSON.parse(event.replace(/^data: /, "")));
  }
}
