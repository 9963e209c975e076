// Builds the widget of the web chat: channels/webchat/widget in, channels/webchat/_built out.
//
//   widget.js                      everything in one file; its address is in other people's pages,
//                                  so its name never changes
//   inter.woff2, vazirmatn.woff2   what the widget asks for once somebody opens it
//
// It lies inside the adapter's own package, because an adapter knows nothing of the hub's files.
// `node widget.mjs` builds it alone.

import { build, transform } from "esbuild";
import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const assets = dirname(fileURLToPath(import.meta.url));
const root = resolve(assets, "../../..");
const packages = join(assets, "node_modules");
const target = join(root, "channels/webchat/_built");
const browsers = ["chrome111", "firefox115", "safari16.4"];

const FONTS = {
  "inter.woff2": "@fontsource-variable/inter/files/inter-latin-opsz-normal.woff2",
  "vazirmatn.woff2": "vazirmatn/misc/Non-Latin/fonts/webfonts/Vazirmatn-NL[wght].woff2",
};

/** An icon as its shapes, [tag, attributes] each: the widget makes elements and parses nothing. */
const drawings = {
  name: "drawings",
  setup({ onLoad }) {
    onLoad({ filter: /\.svg$/ }, async ({ path }) => {
      const svg = (await readFile(path, "utf8")).replace(/<!--.*?-->/gs, "");
      const tags = /<(path|circle|rect|line|polyline|polygon|ellipse)\b([^>]*?)\/>/gs;
      const shapes = [...svg.matchAll(tags)].map(([, tag, attributes]) => {
        const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)];
        return [tag, Object.fromEntries(pairs.map(([, name, value]) => [name, value]))];
      });
      return { contents: JSON.stringify(shapes), loader: "json" };
    });
  },
};

/** A style sheet as a minified text, for the shadow root. */
const sheets = {
  name: "sheets",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true, target: browsers });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

/** Builds the widget, and returns its size in bytes, compressed as it is served. */
export async function widget() {
  const entry = join(root, "channels/webchat/widget/main.js");
  if (!(await stat(entry).catch(() => null))) return 0;
  const draft = `${target}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const outfile = join(draft, "widget.js");
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "iife",
    target: browsers,
    charset: "utf8",
    legalComments: "none",
    nodePaths: [packages],
    plugins: [drawings, sheets],
    logLevel: "warning",
  });
  for (const [name, file] of Object.entries(FONTS)) {
    await copyFile(join(packages, file), join(draft, name));
  }
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
  return gzipSync(await readFile(join(target, "widget.js")), { level: 9 }).length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`Built the widget, ${((await widget()) / 1024).toFixed(1)} KB compressed.`);
}
