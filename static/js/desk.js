// Comfort for the desk: a list that renews itself and says when it is out of date, a request that says when it has
// changed, words kept while they are typed, an undo that leaves when its time is over, and a screen left alone that
// locks with every typed word kept. Everything works without it; the server locks by itself too, but a page that stands
// open would go on showing names.

const RENEW = 30_000;
const STALE = 120_000;
const IDLE = 15 * 60_000;
// Asked by the page itself: nobody sits there for that, so it does not put off the lock.
const BY_ITSELF = { headers: { "X-Requested-With": "refresh" }, redirect: "error", cache: "no-store" };

const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

const lock = document.querySelector("button[data-lock]");
if (lock) {
  let touched = Date.now();
  let away = null;

  // The page leaves the screen and the document, and waits here as it was.
  const show = (page) => {
    away ??= {
      nodes: [...document.body.childNodes],
      title: document.title,
      style: document.body.className,
      focused: document.activeElement,
      at: scrollY,
    };
    const linked = new Set([...document.styleSheets].map((sheet) => sheet.href));
    document.head.append(...[...page.querySelectorAll("head link[rel=stylesheet]")].filter((each) => !linked.has(each.href)));
    document.title = page.title;
    document.body.className = page.body.className;
    document.body.replaceChildren(...page.body.childNodes);
    const password = document.querySelector("[name=unlock-password]");
    password?.focus();
    password?.form.addEventListener("submit", unlock);
  };

  // The site or its records are away. The screen stays locked, and what is behind it stays as it was.
  const wait = (form) => {
    document.querySelector(".notice")?.remove();
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.role = "alert";
    notice.textContent = "This cannot be unlocked just now. Nothing is lost: please try again in a minute.";
    form.before(notice);
    form.elements["unlock-password"].select();
  };

  const unlock = async (event) => {
    event.preventDefault();
    const form = event.target;
    const sent = { method: "POST", body: new FormData(form), redirect: "manual" };
    const answer = await fetch(form.action, sent).catch(() => null);
    if (answer?.type !== "opaqueredirect") {
      const page = answer && (await parsed(answer));
      return page?.querySelector("[name=unlock-password]") ? show(page) : wait(form);
    }
    const { nodes, title, style, focused, at } = away;
    away = null;
    touched = Date.now();
    document.title = title;
    document.body.className = style;
    document.body.replaceChildren(...nodes);
    focused.focus({ preventScroll: true });
    scrollTo(0, at);
    dispatchEvent(new Event("unlocked"));
  };

  const leave = async (event) => {
    if (event.submitter !== lock) return;
    event.preventDefault();
    try {
      const answer = await fetch(lock.formAction, { method: "POST", body: new FormData(lock.form, lock) });
      const page = await parsed(answer);
      if (!page.querySelector("[name=unlock-password]")) throw new Error(answer.status);
      show(page);
    } catch {
      // Without a connection there is no page to lock it with: it goes, and shows nobody's name.
      lock.form.removeEventListener("submit", leave);
      lock.click();
    }
  };

  lock.form.addEventListener("submit", leave);
  for (const sign of ["keydown", "pointerdown", "wheel"]) {
    addEventListener(sign, () => (touched = Date.now()), { passive: true });
  }
  const watch = () => !away && Date.now() - touched > IDLE && lock.click();
  setInterval(watch, 5_000);
  document.addEventListener("visibilitychange", watch);
}

// Now and then, and when somebody comes back: a laptop that was closed over lunch tells the truth before anybody dials.
const often = (look) => {
  setInterval(look, RENEW);
  document.addEventListener("visibilitychange", () => document.hidden || look());
  addEventListener("pageshow", (event) => event.persisted && look());
  addEventListener("unlocked", look);
};

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
    goes(live);
  };

  const renew = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, BY_ITSELF);
      const page = (await parsed(answer)).querySelector("[data-renews]");
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

  often(renew);
  setInterval(tell, 5_000);
}

const changed = document.querySelector("[data-version]");
if (changed) {
  const { version, address } = changed.dataset;
  often(async () => {
    if (document.hidden) return;
    const answer = await fetch(address, BY_ITSELF).catch(() => null);
    if (answer?.ok) changed.hidden = (await answer.text()) === version;
  });
}

function goes(within) {
  for (const undo of within.querySelectorAll("[data-gone-after]")) {
    setTimeout(() => undo.remove(), Number(undo.dataset.goneAfter) * 1000);
  }
}
goes(document);

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
      if (answer.status === 409) {
        state.textContent = "Your words are not kept: this person was removed.";
        return;
      }
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
