import { TrackerError } from "@waymark/core";

/** The viewer was asked to listen where others can reach it, without being told that this is meant. */
export class ExposedHostError extends TrackerError {
  override readonly code = "VIEWER_HOST_EXPOSED";
  readonly host: string;

  constructor(host: string) {
    super(`Listening on '${host}' lets other machines reach the runs of this project`, {
      hint: "Forward a port instead (ssh -L 8910:127.0.0.1:8910 HOST), or say that you mean it with --expose.",
    });
    this.host = host;
  }
}

/** The port that was asked for is taken. */
export class PortInUseError extends TrackerError {
  override readonly code = "VIEWER_PORT_IN_USE";
  readonly port: number;

  constructor(port: number, cause?: unknown) {
    super(`Port ${port} is taken`, { hint: "Leave the port out to get the next free one.", cause });
    this.port = port;
  }
}

/** There is no such folder to look at. */
export class ProjectNotFoundError extends TrackerError {
  override readonly code = "VIEWER_PROJECT_NOT_FOUND";
  readonly root: string;

  constructor(root: string, cause?: unknown) {
    super(`There is no folder '${root}'`, { hint: "Name the folder of the project to view.", cause });
    this.root = root;
  }
}
