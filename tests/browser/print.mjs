// The official forms on A4: a PDF of one to three pages by the browser, with every glyph in it, from the counter's own
// page. `print.mjs ADDRESS FOLDER SERVICE:FORM:ROLE:NUMBER …` leaves the PDFs in the folder.
import path from "node:path";
import { Session, check } from "./browser.mjs";

const [address, folder, ...papers] = process.argv.slice(2);
const session = await Session.start(address);
const page = await session.tab();
for (const paper of papers) {
  const [service, form, role, number] = paper.split(":");
  await session.go(page, `/counter/${service}?form=${form}`);
  // Where the form has the block of the person at the counter, else the first block.
  const own = page.locator('[id="p.citizen.id"]');
  await ((await own.count()) ? own : page.locator(".person input[inputmode=numeric]").first()).fill(number);
  if (role) await page.locator("#citizen_role").selectOption(role);
  await Promise.all([page.waitForNavigation(), page.locator("#fill").press("Enter")]);
  check((await page.locator(".note.good").count()) === 1, `${form}: ${await page.locator("main").innerText()}`);
  const all = page.locator("button.accept-all");
  if (await all.count()) await all.press("Enter");
  const [sheet] = await Promise.all([page.waitForEvent("popup"), page.locator("button[formtarget=_blank]").first().press("Enter")]);
  await sheet.waitForLoadState("load");
  if (papers.indexOf(paper) === 0) await session.accessible(sheet, `${form} printed`);
  await sheet.pdf({ path: path.join(folder, `${form}.pdf`), preferCSSPageSize: true, printBackground: false });
  await sheet.close();
}
await session.end();
