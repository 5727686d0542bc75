// The counter by keyboard alone: find the service, scan two cards, accept field by field, type the rest, print. Then what
// the page says of an outage and of somebody who is not there, and how it looks at three widths.
// `counter.mjs SANDBOX CUT_OFF FOLDER BRIDE GROOM STRANGER`: the last three are texts of cards.
import path from "node:path";
import { SIZES, Session, check } from "./browser.mjs";

const [sandbox, cutOff, folder, bride, groom, stranger] = process.argv.slice(2);

/** Presses Tab until the focus is on what this selector names. */
async function tabTo(page, selector) {
  for (let step = 0; step < 150; step += 1) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${selector}`);
}

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.className);
const valueOf = (page, key) => page.locator(`[id="f.${key}"]`).inputValue();

/** What a scanner does: it types the text of the card, and Enter. */
async function scan(page, card) {
  await page.keyboard.type(card);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

/** The browser calls a page with such a status a failed load; it was wanted. */
function wanted(session, status) {
  session.troubles = session.troubles.filter((told) => !told.includes(`status of ${status}`));
}

const session = await Session.start(sandbox);
for (const script of [true, false]) {
  const page = await session.tab({ script });
  await session.go(page, "/counter");
  check((await focused(page)) === "q", "the counter begins with the search");
  if (script) await session.accessible(page, "counter light");
  await page.keyboard.type("ho tich");
  await Promise.all([page.waitForURL("**/counter?q=ho+tich*"), page.keyboard.press("Enter")]);
  check((await page.locator("main .rows a").count()) >= 28, "\"ho tich\" finds the civil status services");
  await tabTo(page, "#q");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("1.000894");
  await Promise.all([page.waitForURL("**/counter?q=1.000894*"), page.keyboard.press("Enter")]);
  await tabTo(page, "a[href='/counter/1.000894']");
  await Promise.all([page.waitForURL("**/counter/1.000894"), page.keyboard.press("Enter")]);

  check((await focused(page)) === "p.ben_nu.qr", `the card is scanned first, not ${await focused(page)}`);
  if (script) {
    await session.accessible(page, "counter form light");
    await session.pictures(page, "counter-form-light");
    await page.setViewportSize(SIZES[2]);
  }
  // What is typed before the look-up stays, and the register's value is offered beside it.
  await tabTo(page, "[id='f.ben_nu_dan_toc']");
  await page.keyboard.type("Tày");
  await page.locator("[id='p.ben_nu.qr']").focus();
  await scan(page, bride);
  check((await focused(page)) === "p.ben_nam.qr", `the second card follows, not ${await focused(page)}`);
  check((await valueOf(page, "ben_nu_dan_toc")) === "Tày", "what was typed was overwritten");
  await scan(page, groom);
  check((await page.locator("legend .badge.good").count()) === 2, "both people are found");
  check((await focused(page)) === "accept-all", `accepting follows, not ${await focused(page)}`);
  check(await page.locator("[id='f.ben_nu_ho_ten']").evaluate((box) => box.readOnly), "the name is locked");
  if (script) {
    await session.accessible(page, "filled light");
    await session.pictures(page, "counter-filled-light");
    await page.setViewportSize(SIZES[2]);
  }

  // Field by field.
  for (const [key, value] of [["ben_nu_dan_toc", "Kinh"], ["ben_nam_quoc_tich", "Việt Nam"]]) {
    await tabTo(page, `button[name=accept][value=${key}]`);
    const loaded = script ? null : page.waitForNavigation();
    await page.keyboard.press("Enter");
    await loaded;
    check((await valueOf(page, key)) === value, `${key} is ${await valueOf(page, key)}`);
  }
  check((await page.locator("button[name=accept]").count()) === 0, "nothing is left to accept");
  for (const [key, value] of [["kinh_gui", "UBND xã Mẫu"], ["ben_nu_lan_ket_hon", "1"], ["ben_nam_lan_ket_hon", "2"],
    ["noi_lap", "xã Mẫu"], ["ngay_lap", "20/11/2026"]]) {
    await tabTo(page, `[id="f.${key}"]`);
    await page.keyboard.type(value);
    if (script) await page.keyboard.press("Enter");
  }
  check(page.url().endsWith("/counter/1.000894"), "Enter in a box of the form only walks on");
  await tabTo(page, "button[formtarget=_blank]");
  const [sheet] = await Promise.all([page.waitForEvent("popup"), page.keyboard.press("Enter")]);
  await sheet.waitForLoadState("load");
  const printed = await sheet.locator("main").innerText();
  for (const text of ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "TỜ KHAI ĐĂNG KÝ KẾT HÔN",
    bride.split("|")[2], groom.split("|")[2], "UBND xã Mẫu", "ngày 20 tháng 11 năm 2026", "Bên nữ", "Kinh"]) {
    check(printed.includes(text), `${text} is not printed: ${printed}`);
  }
  await sheet.pdf({ path: path.join(folder, `ket-hon-${script ? "script" : "plain"}.pdf`), preferCSSPageSize: true });
  if (script) {
    await session.accessible(sheet, "print light");
    await session.pictures(sheet, "print-light");
  }
  for (const tab of [page, sheet]) {
    check(!/[0-9]{9}/.test(tab.url()), "an address holds a number");
    if (script) {
      const kept = await tab.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length);
      check(kept === 0, "something is stored");
    }
  }
  await page.context().close();
}

// All at once; a scan into the wrong box; a scan into the search is not sent.
const page = await session.tab();
await session.go(page, "/counter/1.000894");
await tabTo(page, "[id='p.ben_nam.name']");
await scan(page, groom);
await page.locator(".accept-all").press("Enter");
check((await valueOf(page, "ben_nam_quoc_tich")) === "Việt Nam", "all suggestions are accepted");
check((await page.locator("button[name=accept]").count()) === 0, "nothing is left to accept");
// A scanner with two line ends asks once.
const asked = await page.evaluate(() => {
  const held = [];
  addEventListener("submit", (event) => { held.push(event.defaultPrevented); event.preventDefault(); });
  for (let end = 0; end < 2; end += 1) document.getElementById("work").requestSubmit();
  return held;
});
check(JSON.stringify(asked) === "[false,true]", `two line ends: ${asked}`);
await session.go(page, "/counter");
await page.keyboard.type(groom);
await page.keyboard.press("Enter");
check((await page.locator("#q").evaluate((box) => box.validity.patternMismatch)) && !page.url().includes("?"), "a card in the search stays there");

// Nobody there; in dark mode on a phone every state of the page.
const dark = await session.tab({ scheme: "dark", size: SIZES[0] });
await session.go(dark, "/counter");
await session.accessible(dark, "counter dark");
await session.pictures(dark, "counter-dark");
await session.go(dark, "/counter/1.000894");
await session.accessible(dark, "counter form dark");
await session.pictures(dark, "counter-form-dark");
await dark.locator("[id='p.ben_nu.qr']").focus();
await scan(dark, stranger);
const missing = await dark.locator("#told").innerText();
check(missing.includes("Không tìm thấy công dân") && missing.includes("Công an cấp xã"), missing);
await session.accessible(dark, "not found dark");
await session.pictures(dark, "counter-not-found-dark");
await dark.locator("[id='p.ben_nu.qr']").fill(bride);
await dark.locator("[id='p.ben_nam.qr']").fill(groom);
await Promise.all([dark.waitForNavigation(), dark.locator("#fill").press("Enter")]);
await session.accessible(dark, "filled dark");
await session.pictures(dark, "counter-filled-dark");
const english = await session.tab({ scheme: "dark" });
await session.go(english, "/counter/1.000893?lang=en");
await session.accessible(english, "counter in English");
wanted(session, 404);
await session.end();

// The register is away: told as an outage, with the number of the request, and never as "no such citizen".
const away = await Session.start(cutOff);
const counter = await away.tab();
await away.go(counter, "/counter/1.000894");
await counter.locator("summary").press("Enter");
for (const [box, text] of [["officer", "cb-0123"], ["agency", "H01.12"], ["dossier", "H01.12-261120-0007"]]) {
  await counter.locator(`#${box}`).fill(text);
}
await counter.locator("[id='p.ben_nu.qr']").focus();
await counter.keyboard.type(bride);
const [reply] = await Promise.all([counter.waitForResponse("**/counter/**"), counter.keyboard.press("Enter")]);
await counter.waitForLoadState("load");
check(reply.status() >= 502, `status ${reply.status()}`);
const told = await counter.locator("#told").innerText();
check(told.includes("Sự cố") && told.includes("không nói gì về công dân"), told);
check(told.includes(reply.headers()["x-request-id"]), "the number of the request is told");
check(!(await counter.locator("main").innerText()).includes("Không tìm thấy"), "an outage is told as nobody there");
check((await counter.locator("[id='p.ben_nu.qr']").inputValue()) === bride, "what was scanned is still there");
check((await focused(counter)) === "told", "the outage has the focus");
await away.accessible(counter, "outage");
await away.pictures(counter, "counter-outage-light");
wanted(away, reply.status());
await away.end();
