import { readFile } from "node:fs/promises";
import { labels, reason } from "./label";
import { plainLabel } from "./plain";

const [address, key, folder] = process.argv.slice(2) as [string, string, string];

async function tell(asked: Promise<string | null>, why: (error: unknown) => string): Promise<void> {
  console.log(await asked.then((label) => label ?? "-", why));
}

async function all(label: (key: string, photo: Blob) => Promise<string | null>, why: (error: unknown) => string) {
  for (const name of ["rocket.jpg", "wall.jpg", "text.jpg"]) {
    await tell(label(key, new Blob([await readFile(`${folder}/${name}`)])), why);
  }
  await tell(label("another", new Blob([await readFile(`${folder}/rocket.jpg`)])), why);
}

await all((key, photo) => labels(address, key)(photo), reason);
await all(
  (key, photo) => plainLabel(address, key, photo),
  (error) => (error as Error).message,
);
