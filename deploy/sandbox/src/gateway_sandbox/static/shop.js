// What a shop's page does when its customer comes back. Copy it: it needs nothing else.
//
// It reads neither its address nor its query. Anybody can type `success` there, with the id of
// somebody else's payment. Only the status API is believed, asked with the order's own token.

const PATIENCE_MS = 120_000;
const PAUSE_MS = 1_000;
const SILENCE_MS = 30_000;

const order = document.querySelector("[data-order-reference]").dataset;
const place = document.querySelector("[role=status]");
const storageKey = `status-token:${order.orderReference}`;

document.addEventListener("click", ({ target }) => {
  // For this browser only, and never in a URL: addresses end up in logs and histories.
  if (target.closest("[data-pay]")) sessionStorage.setItem(storageKey, order.statusToken);
});

const token = order.statusToken ?? kept();
if (token) follow();
else show("no_token");

async function follow() {
  const end = Date.now() + PATIENCE_MS;
  let question = "refresh=true"; // The gateway may know more than we do.
  while (Date.now() < end) {
    const { page = "checking", refresh = null, pause_ms = PAUSE_MS } = await ask(question);
    show(page);
    if (page !== "checking") return;
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
    // Waiting ends early when there is news; a gateway that was just asked is soon asked again.
    question = refresh === null ? "refresh=true" : `wait=${refresh === "too_soon" ? 5 : 20}`;
  }
  show("late"); // Never "failed": the payment may still succeed, and then the order shows it.
}

async function ask(question) {
  const reference = encodeURIComponent(order.orderReference);
  try {
    const answer = await fetch(`${order.statusUrl}/v1/orders/${reference}?${question}`, {
      headers: { Authorization: `Bearer ${token}` },
      cache: "no-store",
      signal: AbortSignal.timeout(SILENCE_MS),
    });
    if (answer.ok) return await answer.json();
    if (answer.status === 401 || answer.status === 404) return { page: "no_token" };
    return { pause_ms: 1_000 * (Number(answer.headers.get("Retry-After")) || 3) };
  } catch {
    return { pause_ms: 3_000 }; // Offline or no answer says nothing about the payment: ask again.
  }
}

function show(page) {
  const template = document.querySelector(`template[data-page="${CSS.escape(page)}"]`);
  // Shown once: a screen reader would read it aloud again, and the keyboard lose its place.
  if (!template || place.dataset.page === page) return;
  place.dataset.page = page;
  place.replaceChildren(template.content.cloneNode(true));
}

function kept() {
  try {
    return sessionStorage.getItem(storageKey);
  } catch {
    return null; // Storage is forbidden in this browser.
  }
}
