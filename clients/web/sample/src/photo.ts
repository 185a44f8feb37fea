// A photo made small before it is sent: upright, JPEG, at most so many pixels on its longer side.

export type Photo = { data: Uint8Array<ArrayBuffer>; url: string; width: number; height: number };

/**
 * Reads, turns and reduces a photo.
 *
 * A file that this browser cannot read goes to the server as it is: HEIC outside Safari, or no picture at all, of which the
 * server says so. Its size is then unknown, 0.
 */
export async function shrunk(file: File, side: number): Promise<Photo> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file); // honours the EXIF orientation
  } catch {
    return { data: new Uint8Array(await file.arrayBuffer()), url: "", width: 0, height: 0 };
  }
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d")!;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const jpeg = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  if (!jpeg) throw new Error("the browser could not write a JPEG");
  const { width, height } = canvas;
  return { data: new Uint8Array(await jpeg.arrayBuffer()), url: URL.createObjectURL(jpeg), width, height };
}
