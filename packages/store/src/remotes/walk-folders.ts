import type { RemoteFile } from "./remote-storage.ts";

/** What can list one folder at a time. */
interface FolderListing {
  listFolder(path: string, signal?: AbortSignal): Promise<readonly RemoteFile[]>;
}

/** Yields every file at and below a folder of a storage that lists one folder at a time. */
export async function* walkFolders(
  storage: FolderListing,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<RemoteFile> {
  for (const file of await storage.listFolder(path, signal)) {
    if (file.isFolder) yield* walkFolders(storage, file.path, signal);
    else yield file;
  }
}
