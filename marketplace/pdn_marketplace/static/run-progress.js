// Follows a run: asks every second how far it is, and opens the result at the end.
// Without it the page refreshes itself by a meta element.
const section = document.getElementById("avance");
const said = document.getElementById("avance-dicho");
const bar = document.getElementById("avance-barra");
const remaining = document.getElementById("avance-falta");
const doing = document.getElementById("avance-ahora");

function show(run) {
  if (said.textContent !== run.said) said.textContent = run.said;
  remaining.textContent = run.remaining;
  doing.textContent = run.doing;
  if (run.total) {
    bar.max = run.total;
    bar.value = run.done;
  }
}

async function follow() {
  try {
    const answer = await fetch(section.dataset.address, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const run = await answer.json();
      if (run.is_over) {
        location.reload();
        return;
      }
      show(run);
    }
  } catch {
    // The site may be restarting: the next turn asks again.
  }
  setTimeout(follow, 1000);
}

follow();
