/** A Vega loader for specifications that carry all their data: every URL is refused, links and images included. */
export function refuseEverything(): Record<"load" | "sanitize" | "http" | "file", () => Promise<never>> {
  const refuse = async (): Promise<never> => {
    throw new Error("A chart may not load anything");
  };
  return { load: refuse, sanitize: refuse, http: refuse, file: refuse };
}
