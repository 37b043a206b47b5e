import { InvalidQueryError, parseQuery } from "@waymark/experiments";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matching, row } from "./rows.ts";

/** What is said about a query that cannot be read. */
function problem(query: string): string {
  try {
    parseQuery(query);
  } catch (error) {
    if (error instanceof InvalidQueryError) return `${error.message}\n${error.hint ?? ""}`;
    throw error;
  }
  throw new Error(`'${query}' was read`);
}

describe("a query that cannot be read", () => {
  test("is shown with the place and what to do", () => {
    expect(problem("metrics.acc 0.9")).toMatchInlineSnapshot(`
      "Expected an operator after 'metrics.acc', at column 13:
        metrics.acc 0.9
                    ^
      Operators are = != < <= > >= ~ !~, \`in (…)\`, \`is null\`, \`is not null\` and \`exists\`."
    `);
    expect(problem("created > tomorrow")).toMatchInlineSnapshot(`
      "'tomorrow' is no date, at column 11:
        created > tomorrow
                  ^
      Dates are \`2d ago\`, \`today\`, \`2026-11-01\`, or with a time "2026-11-01 14:30"."
    `);
    expect(problem("lr = null")).toMatchInlineSnapshot(`
      "Nothing is equal to null, at column 6:
        lr = null
             ^
      Write \`lr is null\` or \`lr is not null\`."
    `);
  });

  test.each([
    ["", "The query is empty, at column 1"],
    ["lr > 1 lr < 2", "Expected 'and' or 'or' before 'lr', at column 8"],
    ["lr > 1 and", "The query ends where a condition should follow, at column 11"],
    ["lr >", "The query ends where a value should follow, at column 5"],
    ["(lr > 1", "The bracket that opens here is not closed, at column 1"],
    ["lr in (1, 2", "The bracket that opens here is not closed, at column 7"],
    ["lr in 1", "Expected a list in brackets after 'in', at column 7"],
    ["lr is 1", "Expected 'null' after 'is', at column 7"],
    ["lr not like 1", "Expected 'in' after 'not', at column 8"],
    ["and lr", "Expected the name of a field, not 'and', at column 1"],
    ["lr = 'open", "The text that begins here has no closing quote, at column 6"],
    ["lr ! 3", "'!' means nothing here, at column 4"],
    ["name ~ 'a(?=b)'", "This kind of group cannot be used here, at column 10"],
    ["name ~ 'a('", "The bracket that opens here is not closed, at column 10"],
  ])("%s", (query, message) => {
    expect(problem(query).split(":")[0]).toContain(message);
  });

  test("is one that is too deep or too long for anyone to have meant it", () => {
    expect(problem(`${"(".repeat(300)}lr = 1${")".repeat(300)}`)).toContain(
      "The query is nested too deeply, at column 201",
    );
    expect(problem("x".repeat(10_001))).toContain("The query is longer than 10000 characters");
  });

  test("never breaks off with anything but that error", () => {
    const part = fc.constantFrom(
      ...["and", "or", "not", "in", "is", "null", "exists", "(", ")", ",", "=", "~", "!~", ">", "'", '"', "\\", "2d"],
      ...["ago", "created", "tag", "lr", "metrics.", ":", "params.yaml:lr", "0.1", "true", "*", "[", "é", "\u{1F600}"],
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.constantFrom("", " "), (parts, glue) => {
        try {
          parseQuery(parts.join(glue));
        } catch (error) {
          if (!(error instanceof InvalidQueryError)) throw error;
          expect(error.column).toBeLessThanOrEqual(parts.join(glue).length);
        }
      }),
    );
  });
});

describe("words of a query", () => {
  const known = row({
    name: "a",
    tags: ["paper"],
    params: { lr: 0.1, opt: "adam w", deep: true },
    metrics: { acc: 1 },
  });

  test("mean the same in capitals, without space, and in needless brackets", () => {
    for (const query of ["lr=0.1 AND acc==1", "(lr = 0.1) and ((acc = 1))", "NOT lr != 0.1 And acc >= 1"]) {
      expect(matching(query, [known])).toEqual(["a"]);
    }
  });

  test("bind as everywhere: not, and, or", () => {
    expect(matching("lr = 1 and acc = 1 or opt = 'adam w'", [known])).toEqual(["a"]);
    expect(matching("lr = 1 and (acc = 1 or opt = 'adam w')", [known])).toEqual([]);
    expect(matching("not lr = 1 and acc = 1", [known])).toEqual(["a"]);
    expect(matching("not (lr = 0.1 and acc = 1)", [known])).toEqual([]);
  });

  test("may stand in quotes, fields too", () => {
    const odd = row({ name: "b", metrics: { "my loss": 2, and: 3 }, params: {} });
    expect(matching('metrics."my loss" = 2', [odd])).toEqual(["b"]);
    expect(matching('"my loss" = 2 and "and" = 3', [odd])).toEqual(["b"]);
    expect(matching(`name = "b" and name != 'it\\'s'`, [odd])).toEqual(["b"]);
  });
});
