// The portal page of clients/portal: what a citizen sees of locked boxes, suggestions, reasons and an outage.
import { Session, check } from "./browser.mjs";

const [portal, quiet] = process.argv.slice(2);
const session = await Session.start(portal);
for (const scheme of ["light", "dark"]) {
  const page = await session.tab({ scheme });
  await session.go(page, "/");
  await page.getByLabel("Số định danh").fill("999187000004");
  await page.getByRole("button", { name: "Điền sẵn" }).click();
  await page.getByText("Đã điền sẵn").waitFor();
  const name = page.locator("#box-cha_me_ho_ten");
  check((await name.inputValue()) === "LÊ THỊ MẪU VỢ" && !(await name.isEditable()), "a locked box can be edited");
  check(await page.locator("#box-hoc_sinh_ho_ten").isEditable(), "a free box cannot be edited");
  await page.locator("#box-hoc_sinh_ho_ten").fill("NGUYỄN VĂN MẪU CON");
  await page.getByRole("button", { name: "Kiểm tra đơn" }).click();
  await page.getByText("chỗ cần sửa").waitFor();
  check((await page.locator("#faults li").count()) > 3, "nothing is missing");
  check(page.url() === `${portal}/`, "something stands in the address");
  check((await page.evaluate(() => localStorage.length + sessionStorage.length)) === 0, "something is stored");
  await session.accessible(page, `portal ${scheme}`);
  await session.pictures(page, `portal-${scheme}`);
}
const page = await session.tab();
await session.go(page, "/");
await page.getByLabel("Số định danh").fill("999099099099");
await page.getByRole("button", { name: "Điền sẵn" }).click();
await page.getByText("Không có dữ liệu khớp").waitFor();
// The browser calls that answer a failed load; it was wanted.
session.troubles = session.troubles.filter((told) => !told.includes("status of 404"));
await session.end();

// The same page over a service that is away.
const away = await Session.start(quiet);
const lost = await away.tab();
await away.go(lost, "/");
await lost.getByLabel("Số định danh").fill("999187000004");
await lost.getByRole("button", { name: "Điền sẵn" }).click();
await lost.getByText("đang lỗi").waitFor();
check(!(await lost.locator("#said").textContent()).includes("Không có dữ liệu"), "an outage is told as nobody");
away.troubles = away.troubles.filter((told) => !told.includes("status of 502"));
await away.end();
