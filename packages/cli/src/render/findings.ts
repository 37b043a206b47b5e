import type { ExaminedFinding } from "@waymark/experiments";
import type { Style, Ui } from "../ui.ts";
import { toPrintable } from "./display-text.ts";

const STYLES: Readonly<Record<ExaminedFinding["severity"], Style>> = { error: "red", leftover: "yellow", note: "cyan" };

/** Prints findings, each with what there is, why, and how it is, or was, repaired. */
export function printFindings(ui: Ui, findings: readonly ExaminedFinding[]): void {
  for (const { severity, what, why, repair, state, failure, isFixable } of findings) {
    ui.line(`${ui.style(STYLES[severity], `${severity}:`)} ${toPrintable(what)}`);
    ui.line(`  why: ${toPrintable(why)}`);
    if (state === "fixed") ui.line(`  ${ui.style("green", "repaired:")} ${toPrintable(repair)}`);
    else if (state === "failed") ui.line(`  not repaired: ${toPrintable(failure ?? "")}`);
    else ui.line(`  ${isFixable ? "with --fix" : "repair"}: ${toPrintable(repair)}`);
  }
  ui.line(summarize(findings));
}

/** Describes a finding as JSON. */
export function findingJson(finding: ExaminedFinding): unknown {
  const { check, severity, what, why, repair, isFixable, state, failure } = finding;
  return { check, severity, what, why, repair, fixable: isFixable, state, failure: failure ?? null };
}

function summarize(findings: readonly ExaminedFinding[]): string {
  if (findings.length === 0) return "Everything is as it should be.";
  const fixed = findings.filter(({ state }) => state === "fixed").length;
  const open = findings.filter(({ state, severity }) => state !== "fixed" && severity !== "note").length;
  const fixable = findings.filter(({ state, isFixable }) => state === "open" && isFixable).length;
  const parts = [
    `${findings.length} finding${findings.length === 1 ? "" : "s"}`,
    ...(fixed > 0 ? [`${fixed} repaired`] : []),
    ...(open > 0 ? [`${open} to be repaired`] : []),
  ];
  return `${parts.join(", ")}.${fixable > 0 ? " `waymark doctor --fix` repairs what it safely can." : ""}`;
}
