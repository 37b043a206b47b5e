import { join } from "node:path";
import { ContentCache } from "@waymark/store/content-cache";
import type { Project } from "./project.ts";

/** Opens the content cache of a project. */
export function openCache(project: Project): ContentCache {
  return ContentCache.open(join(project.dvcRoot, ".dvc"), { env: project.repo.env });
}
