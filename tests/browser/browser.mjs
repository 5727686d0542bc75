// What the browser tests share: Chromium with every request recorded, axe-core, screenshots at the three widths.
// A step that fails throws; the script ends with a status.
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const tools = process.env.BROWSER_TOOLS;
const require = createRequire(path.join(tools, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** A phone, a tablet, and the PC of a counter. */
export const SIZES = [{ width: 360, height: 740 }, { width: 768, height: 1024 }, { width: 1366, height: 768 }];

/** More of a page than this, in px, is on no picture. */
const TALLEST = 2200;

/** What WCAG 2.2 AA asks for, and what axe-core holds for good practice. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export class Session {
  /** Starts Chromium for the service at this address. */
  static async start(address) {
    const executablePath = execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
    // Root has no sandbox; names lead nowhere, so that a request to another host cannot succeed by chance.
    const args = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
    return new Session(address, await chromium.launch({ executablePath, args }));
  }

  constructor(address, browser) {
    this.address = address;
    this.browser = browser;
    this.requests = [];
    this.troubles = [];
  }

  /** A tab of its own, in light or dark mode; scripts can be switched off. */
  async tab({ scheme = "light", size = SIZES[2], script = true } = {}) {
    const context = await this.browser.newContext({
      viewport: size, colorScheme: scheme, javaScriptEnabled: script, reducedMotion: "reduce", baseURL: this.address,
    });
    const page = await context.newPage();
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("pageerror", (error) => this.troubles.push(`${page.url()}: ${error.message}`));
    // What the policy of the page refuses is told on the console, with every other error.
    page.on("console", (line) => {
      if (line.type() === "error") this.troubles.push(`${page.url()}: ${line.text()}`);
    });
    return page;
  }

  /** Goes to a path of the service and wants this status. */
  async go(page, where, status = 200) {
    const response = await page.goto(where, { waitUntil: "load" });
    check(response.status() === status, `${where}: status ${response.status()}`);
    // The browser calls a page with such a status a failed load; it was wanted.
    if (status !== 200) this.troubles = this.troubles.filter((told) => !told.includes(`status of ${status}`));
  }

  /** Zero violations of axe-core on the page as it is. Runs in the debugger's world: the page's policy stays in force. */
  async accessible(page, name) {
    await page.evaluate(axe);
    const found = await page.evaluate(
      (values) => globalThis.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }), RULES);
    check(found.passes.length > 15, `${name}: axe-core looked at nothing`);
    const told = found.violations.flatMap((violation) => violation.nodes.slice(0, 3).map(
      (node) => `${name}: ${violation.id}: ${violation.help}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`));
    check(told.length === 0, told.join("\n"));
  }

  /** Keeps a picture of the page's beginning at each width, and refuses a page that must be moved sideways. */
  async pictures(page, name) {
    for (const size of SIZES) {
      await page.setViewportSize(size);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      check(wide <= size.width, `${name} is ${wide} px wide at ${size.width} px`);
      const tall = await page.evaluate(() => document.documentElement.scrollHeight);
      const clip = { x: 0, y: 0, width: size.width, height: Math.min(tall, TALLEST) };
      const file = path.join(process.env.SCREENSHOTS, `${name}-${size.width}.png`);
      await page.screenshot({ path: file, fullPage: true, clip });
    }
  }

  /** Ends the browser; nothing was asked from anybody else, nothing was refused, no script failed. */
  async end() {
    await this.browser.close();
    const elsewhere = this.requests.filter((url) => !url.startsWith(`${this.address}/`));
    check(elsewhere.length === 0, `requests to others: ${elsewhere.join(" ")}`);
    check(this.requests.length > 0, "no request was recorded");
    check(this.troubles.length === 0, this.troubles.join("\n"));
    console.log(`${this.requests.length} requests, all to ${this.address}`);
  }
}
