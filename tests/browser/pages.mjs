// Every kind of page in light mode on the PC of a counter and in dark mode on a phone, with pictures at three widths; the
// search by keyboard, with and without scripts.
import { SIZES, Session, check } from "./browser.mjs";

const KINDS = {
  catalog: "/catalog",
  "catalog-en": "/catalog?lang=en",
  search: "/catalog?q=ho+tich",
  nothing: "/catalog?q=zzzz",
  service: "/catalog/services/1.000894",
  "service-en": "/catalog/services/1.000656?lang=en",
  "service-repealed": "/catalog/services/1.002801",
  forms: "/catalog/forms",
  form: "/catalog/forms/to-khai-dang-ky-ket-hon",
  attributes: "/catalog/attributes",
  attribute: "/catalog/attributes/ho_va_ten",
  coverage: "/catalog/coverage",
  status: "/status",
  "status-en": "/status?lang=en",
};
const MISSING = { missing: "/catalog/services/1.00089", refused: "/catalog?q=999085000" + "001" };

const session = await Session.start(process.argv[2]);

for (const scheme of ["light", "dark"]) {
  const page = await session.tab({ scheme });
  for (const [kind, where] of Object.entries(KINDS)) {
    await session.go(page, where);
    await page.setViewportSize(scheme === "dark" ? SIZES[0] : SIZES[2]);
    // What is folded away is read as well.
    await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
    await session.accessible(page, `${kind} ${scheme}`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((part) => { part.open = false; }));
    await session.pictures(page, `${kind}-${scheme}`);
  }
  for (const [kind, where] of Object.entries(MISSING)) {
    await session.go(page, where, kind === "missing" ? 404 : 400);
    await session.accessible(page, `${kind} ${scheme}`);
    await session.pictures(page, `${kind}-${scheme}`);
  }
  await page.context().close();
}

// By keyboard alone: the skip link comes first and works, then the search is reached and sent.
for (const script of [true, false]) {
  const page = await session.tab({ script });
  await session.go(page, "/catalog");
  await page.keyboard.press("Tab");
  check((await page.locator(":focus").getAttribute("class")) === "skip", "the skip link is the first stop");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  check((await page.locator(":focus").getAttribute("id")) === "q", "after the skip link comes the search");
  await page.keyboard.type("ho tich");
  await Promise.all([page.waitForURL("**/catalog?q=ho+tich*"), page.keyboard.press("Enter")]);
  const found = await page.locator("main .rows a").allInnerTexts();
  check(found.length >= 28, `"ho tich" finds ${found.length} services`);
  check((await page.locator("h3").allInnerTexts()).includes("Hộ tịch"), "the field Hộ tịch is found");
  await page.context().close();
}

// Loading again by itself is switched on and off, and stays on after loading.
const page = await session.tab();
await session.go(page, "/status");
const button = page.locator("button[data-reload]");
const off = await button.innerText();
await button.press("Enter");
check(page.url().endsWith("/status#auto") && (await button.innerText()) !== off, "it is on");
await page.reload();
check((await button.innerText()) !== off, "it is on after loading");
await session.accessible(page, "status, loading again");
await button.press("Enter");
check(page.url().endsWith("/status") && (await button.innerText()) === off, "it is off");
check((await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length)) === 0, "nothing is stored");

await session.end();
