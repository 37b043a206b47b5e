import { existsSync } from "node:fs";
import { join } from "node:path";
import { CLONE, findProgram, freePort, serverFolder, startServer, type TestServer } from "./server.ts";

/** A server that speaks S3: moto's. */
export interface S3Server extends TestServer {
  readonly endpoint: string;
  /** Credentials that it accepts, as it does all. */
  readonly env: Readonly<Record<string, string>>;
  makeBucket(name: string): Promise<void>;
}

const OWN = join(CLONE, ".cache/moto/bin/moto_server");
const program = process.env["WAYMARK_MOTO"] ?? (existsSync(OWN) ? OWN : findProgram("moto_server"));

/** Tells whether there is moto's server on this machine. */
export const hasMoto = program !== undefined;

/** Starts moto's server, which keeps everything in memory. */
export async function startS3(): Promise<S3Server> {
  const port = await freePort();
  const server = await startServer(program ?? "moto_server", ["-H", "127.0.0.1", "-p", String(port)], {
    port,
    folder: serverFolder("s3"),
    waitMs: 60_000,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const env = { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_DEFAULT_REGION: "us-east-1" };
  const makeBucket = async (name: string): Promise<void> => {
    const { CreateBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
    const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };
    const client = new S3Client({ endpoint, forcePathStyle: true, region: "us-east-1", credentials });
    await client.send(new CreateBucketCommand({ Bucket: name }));
    client.destroy();
  };
  return { ...server, endpoint, env, makeBucket };
}
