// Keeps a page true while it is open: on a new position the server is asked for the page again, and the parts that
// changed are swapped in. Without this file everything works; it only saves a reload.
(() => {
  const main = document.getElementById("main");
  if (!main || !main.dataset.stream || !window.EventSource) return;
  const lost = document.getElementById("lost");
  let wanted = main.dataset.position;
  let running = false;
  let last = 0;

  async function refresh() {
    running = true;
    await new Promise((done) => setTimeout(done, Math.max(0, last + 1000 - Date.now())));
    last = Date.now();
    const asked = wanted;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The stream reconnects by itself and names the position again.
    }
    running = false;
    // The figures may be a second old when they are read: ask again until the page stands where the stream does.
    if (wanted !== asked || Number(main.dataset.position) < Number(wanted)) refresh();
  }

  function swap(page) {
    const fresh = page.getElementById("main");
    if (!fresh) return;
    if (!main.querySelector("[data-live]") && fresh.querySelector("[data-live]")) return location.reload();
    main.dataset.position = fresh.dataset.position;
    for (const old of main.querySelectorAll("[data-live][id]")) {
      if (!page.getElementById(old.id)) old.remove(); // what there is no reason for any more
    }
    let before = null;
    for (const part of fresh.querySelectorAll("[data-live][id]")) {
      const old = document.getElementById(part.id);
      if (old) replace(old, part);
      else if (before) before.after(part); // a part that there was no reason for until now
      before = old || part;
    }
  }

  function replace(old, part) {
    for (const details of old.querySelectorAll("details[id]")) {
      const twin = part.querySelector("#" + CSS.escape(details.id));
      if (twin) twin.open = details.open;
    }
    if (old.innerHTML === part.innerHTML && old.className === part.className) return;
    const focused = old.contains(document.activeElement) ? path(old, document.activeElement) : null;
    old.className = part.className;
    old.replaceChildren(...part.childNodes);
    const again = focused && focused.reduce((node, index) => node && node.children[index], old);
    if (again) again.focus({ preventScroll: true });
  }

  // Where an element stands below a part, as child numbers, so that focus finds its twin.
  function path(root, element) {
    const steps = [];
    for (let node = element; node !== root; node = node.parentElement) {
      steps.unshift([...node.parentElement.children].indexOf(node));
    }
    return steps;
  }

  const source = new EventSource(main.dataset.stream);
  source.addEventListener("position", (event) => {
    if (lost) lost.hidden = true;
    wanted = event.data;
    if (wanted !== main.dataset.position && !running) refresh();
  });
  source.addEventListener("error", () => {
    if (lost) lost.hidden = false;
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
