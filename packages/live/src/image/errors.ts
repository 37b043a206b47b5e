import { TrackerError } from "@waymark/core/errors";

/** An image name that no file can be written under. */
export class InvalidImageNameError extends TrackerError {
  override readonly code = "INVALID_IMAGE_NAME";
  readonly image: string;

  constructor(image: string, reason: string) {
    super(`Image name ${JSON.stringify(image)} ${reason}`, {
      hint: "Use a name such as 'samples.png' or 'samples/12.png', ending in .png, .jpg, .jpeg, .gif, .webp or .svg.",
    });
    this.image = image;
  }
}

/** Something that is no image, or not the image its name says. */
export class InvalidImageError extends TrackerError {
  override readonly code = "INVALID_IMAGE";
  readonly image: string;

  constructor(image: string, reason: string, hint?: string) {
    super(`Image '${image}': ${reason}`, { hint });
    this.image = image;
  }
}
