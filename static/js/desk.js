// Comfort for the desk: a list that renews itself and says when it is out of date, words kept while they are typed,
// an undo that leaves when its time is over, and a screen left alone that locks. Everything works without it; the
// server locks by itself too, but a page that stands open would go on showing names.

const RENEW = 30_000;
const STALE = 120_000;
const IDLE = 15 * 60_000;

const lock = document.querySelector("button[data-lock]");
if (lock) {
  let touched = Date.now();
  for (const sign of ["keydown", "pointerdown", "wheel"]) {
    addEventListener(sign, () => (touched = Date.now()), { passive: true });
  }
  const watch = () => Date.now() - touched > IDLE && lock.click();
  setInterval(watch, 5_000);
  document.addEventListener("visibilitychange", watch);
}

const live = document.querySelector("[data-renews]");
if (live) {
  const stale = document.getElementById("stale");
  let renewed = Date.now();

  const show = (page) => {
    const focused = document.activeElement;
    const label = live.contains(focused) && (focused.getAttribute("aria-label") || focused.textContent);
    live.replaceChildren(...page.childNodes);
    if (label) {
      const same = [...live.querySelectorAll("a, button")].find(
        (each) => (each.getAttribute("aria-label") || each.textContent) === label,
      );
      (same || document.getElementById("content-start"))?.focus({ preventScroll: true });
    }
    leave(live);
  };

  const renew = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, {
        headers: { "X-Requested-With": live.dataset.renews },
        redirect: "error",
        cache: "no-store",
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-renews]");
      if (!answer.ok || !page) throw new Error(answer.status);
      show(page);
      renewed = Date.now();
      stale.hidden = true;
    } catch {
      // Said below, once the list is too old to call from.
    }
  };

  const tell = () => {
    if (Date.now() - renewed < STALE || !stale.hidden) return;
    const time = live.querySelector("time");
    stale.querySelector("[data-since]").textContent = time ? time.textContent : "";
    stale.hidden = false;
  };

  setInterval(renew, RENEW);
  setInterval(tell, 5_000);
  // A laptop that was closed over lunch shows what is true before anybody dials.
  document.addEventListener("visibilitychange", () => document.hidden || renew());
  addEventListener("pageshow", (event) => event.persisted && renew());
}

function leave(within) {
  for (const undo of within.querySelectorAll("[data-gone-after]")) {
    setTimeout(() => undo.remove(), Number(undo.dataset.goneAfter) * 1000);
  }
}
leave(document);

const form = document.querySelector("form[data-drafts]");
if (form) {
  const words = form.elements.why;
  const state = form.querySelector(".draft-state");
  let typed = null;
  let kept = words.value;

  const keep = async () => {
    typed = null;
    const sent = words.value;
    if (sent === kept) return;
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("why", sent);
    try {
      const answer = await fetch(form.dataset.drafts, { method: "POST", body, redirect: "error", keepalive: true });
      if (!answer.ok) throw new Error(answer.status);
      kept = sent;
      state.textContent = sent ? "Your words are kept." : "";
    } catch {
      state.textContent = "Your words are not kept yet: no connection.";
      typed ??= setTimeout(keep, 5_000);
    }
  };

  words.addEventListener("input", () => {
    clearTimeout(typed);
    state.textContent = "";
    typed = setTimeout(keep, 1_000);
  });
  addEventListener("pagehide", () => typed && keep());
  form.addEventListener("submit", () => clearTimeout(typed));
}
