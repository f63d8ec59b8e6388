// Follows long work: hears how far it is as it goes, and opens the result at the end.
// Where the site has no place for one more listener, it asks every second instead.
// Without this script the page refreshes itself by a meta element.
const section = document.getElementById("avance");
const said = document.getElementById("avance-dicho");
const bar = document.getElementById("avance-barra");
const remaining = document.getElementById("avance-falta");
const doing = document.getElementById("avance-ahora");

function show(run) {
  if (run.is_over) {
    location.reload();
    return;
  }
  if (said.textContent !== run.said) said.textContent = run.said;
  remaining.textContent = run.remaining;
  doing.textContent = run.doing;
  if (run.total) {
    bar.max = run.total;
    bar.value = run.done;
  } else {
    bar.removeAttribute("value");
  }
}

async function ask() {
  try {
    const answer = await fetch(section.dataset.address, { headers: { Accept: "application/json" } });
    if (answer.ok) show(await answer.json());
  } catch {
    // The site may be restarting: the next turn asks again.
  }
  setTimeout(ask, 1000);
}

function listen() {
  const stream = new EventSource(section.dataset.stream);
  stream.addEventListener("avance", (event) => {
    const run = JSON.parse(event.data);
    if (run.is_over) stream.close();
    show(run);
  });
  stream.addEventListener("error", () => {
    // A stream that ended is opened again by the browser; one refused is not.
    if (stream.readyState === EventSource.CLOSED) ask();
  });
}

if (section.dataset.stream) listen();
else ask();
