export { ExposedHostError, PortInUseError, ProjectNotFoundError } from "./errors.ts";
export { DEFAULT_PORT } from "./listen.ts";
export { startViewer } from "./start-viewer.ts";
export type { Viewer, ViewerOptions } from "./start-viewer.ts";
