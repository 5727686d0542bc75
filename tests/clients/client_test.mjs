// The TypeScript client, as built: against a running service (DIENSAN), and every problem of the description (DESCRIPTION).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";

const { Diensan, DiensanProblem, meaningOf } = await import(process.env.CLIENT);
const service = new Diensan(process.env.DIENSAN);
const description = JSON.parse(readFileSync(process.env.DESCRIPTION, "utf8"));
const problems = Object.values(description.components.examples).map((example) => example.value);

const problemOf = async (asked) => {
  try {
    await asked;
  } catch (error) {
    assert.ok(error instanceof DiensanProblem, String(error));
    return error;
  }
  return assert.fail("answered");
};

test("a form is filled and verified, and a finished one checked", async () => {
  const citizen = { id: "999187000004" };
  const filled = await service.autofill({ service: "1.005099", citizen });
  assert.equal(filled.data.cha_me_ho_ten, "LÊ THỊ MẪU VỢ");
  assert.ok(filled.fields.some((field) => field.locked));
  const verified = await service.verify({ service: "1.005099", citizen, typed: { cha_me_ho_ten: "Le Thi Mau Vo" } });
  assert.equal(verified.fields[0].result, "match_except_accents");
  const checked = await service.validate(filled.form.id, { data: filled.data });
  assert.deepEqual([checked.valid, checked.wrong], [false, []]);
  assert.ok(checked.missing.length > 0);
});

test("several people are asked for, and the catalogue is read", async () => {
  const items = [{ citizen: { id: "999085000001" } }, { citizen: { id: "999099099099" } }];
  const batch = await service.autofillBatch({ service: "1.005392", items });
  assert.deepEqual([batch.answered, batch.failed, batch.items[1].problem.code], [1, 1, "not_found"]);
  assert.equal((await service.services()).count, 236);
  const detail = await service.service("1.005099");
  assert.equal((await service.form(detail.forms[0].id)).type, "object");
});

test("somebody who is not there is told from a request that is wrong", async () => {
  const missing = await problemOf(service.autofill({ service: "1.005099", citizen: { id: "999099099099" } }));
  assert.deepEqual([missing.meaning, missing.problem.status], ["not_found", 404]);
  const wrong = await problemOf(service.autofill({ service: "1.005099", citizen: { id: "12" } }));
  assert.deepEqual([wrong.meaning, wrong.problem.pointer], ["request", "/citizen/id"]);
});

test("every problem code of the description becomes an error with its code, and only one says that nobody is there", async () => {
  assert.ok(problems.length > 60, `${problems.length}`);
  let told;
  const server = createServer((_, response) => {
    response.writeHead(told.status, { "Content-Type": "application/problem+json" }).end(JSON.stringify(told));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const client = new Diensan(`http://127.0.0.1:${server.address().port}/`, { key: "k" });
  for (told of problems) {
    const error = await problemOf(client.autofill({ service: "1", citizen: { id: "1" } }));
    assert.equal(error.problem.code, told.code);
    assert.equal(error.retryAfter, told.retry_after);
    assert.equal(error.meaning === "not_found", told.code === "not_found");
    assert.equal(["outage", "wait"].includes(error.meaning), told.status >= 500 || told.status === 429, told.code);
  }
  server.close();
});

test("no answer and a page of a proxy are outages without a quoted text", async () => {
  const nobody = await problemOf(new Diensan("http://127.0.0.1:9").services());
  assert.deepEqual([nobody.meaning, nobody.problem.code], ["outage", "no_answer"]);
  assert.ok(!nobody.message.includes("127.0.0.1"));
  const page = async () => new Response("<html>secret</html>", { status: 200 });
  const told = await problemOf(new Diensan("http://x", { fetch: page }).services());
  assert.deepEqual([told.meaning, told.message.includes("secret")], ["outage", false]);
  assert.equal(meaningOf(404, "service_unknown"), "request");
});
