// Builds the front end: sources and npm packages in, hub/_built out.
//
//   css/*.css, js/*.js   one bundle each, minified, named after its content
//   fonts.css, *.woff2   Inter (optical sizes) and Vazirmatn without Latin letters
//   icons.svg            one sprite of the Lucide icons that pages name, and of icons/*.svg
//   img/*                copied, named after its content
//   emoji.json           emoji with their names and keywords in English and Persian
//   manifest.json        logical name -> file name
//   LICENSES.txt         what the packages ask to be shipped with them
//
// The widget of the web chat goes to channels/webchat/_built, see widget.mjs.
//
// Whatever source is not there is left out. Run it by `make setup`, or `npm run build` here.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { widget } from "./widget.mjs";

const assets = dirname(fileURLToPath(import.meta.url));
const root = resolve(assets, "../../..");
const packages = join(assets, "node_modules");
const target = join(root, "hub/_built");
const draft = `${target}.new`;

const FONTS = [
  {
    family: "Vazirmatn NL",
    name: "vazirmatn-nl",
    file: "vazirmatn/misc/Non-Latin/fonts/webfonts/Vazirmatn-NL[wght].woff2",
    more: "size-adjust:104%;",
  },
  ...["latin", "latin-ext"].map((subset) => ({
    family: "Inter",
    name: `inter-${subset}`,
    file: `@fontsource-variable/inter/files/inter-${subset}-opsz-normal.woff2`,
    range: `inter-${subset}-opsz-normal`,
  })),
];

/** The files directly in a directory, sorted; none when the directory is missing. */
async function filesIn(directory, extension) {
  const entries = await readdir(directory, { withFileTypes: true }).catch(missing([]));
  return entries
    .filter((entry) => entry.isFile() && (!extension || extname(entry.name) === extension))
    .map((entry) => join(directory, entry.name))
    .sort();
}

/** Every file below a directory, sorted; none when the directory is missing. */
async function filesBelow(directory) {
  const entries = await readdir(directory, { withFileTypes: true }).catch(missing([]));
  const found = await Promise.all(
    entries
      .filter((entry) => entry.name !== "node_modules")
      .map((entry) => {
        const path = join(directory, entry.name);
        return entry.isDirectory() ? filesBelow(path) : [path];
      }),
  );
  return found.flat().sort();
}

/** Answers `value` for a path that does not exist; every other failure stays one. */
function missing(value) {
  return (error) => {
    if (error.code !== "ENOENT") throw error;
    return value;
  };
}

function named(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const extension = extname(name);
  return `${basename(name, extension)}-${hash}${extension}`;
}

const manifest = {};

async function put(name, content) {
  manifest[name] = named(name, content);
  await writeFile(join(draft, manifest[name]), content);
}

/** The `unicode-range` that the package gives to one of its subsets. */
async function unicodeRange(subset) {
  const css = await readFile(join(packages, "@fontsource-variable/inter/opsz.css"), "utf8");
  const face = css.slice(css.indexOf(`/* ${subset} */`));
  return /unicode-range:\s*([^;]+);/.exec(face)[1];
}

async function fonts() {
  const faces = [];
  for (const font of FONTS) {
    const logical = `${font.name}.woff2`;
    await put(logical, await readFile(join(packages, font.file)));
    const range = font.range ? `unicode-range:${await unicodeRange(font.range)};` : "";
    faces.push(
      `@font-face{font-family:"${font.family}";font-style:normal;font-weight:100 900;` +
        `font-display:swap;src:url(${manifest[logical]}) format("woff2");${font.more ?? ""}${range}}`,
    );
  }
  await put("fonts.css", `${faces.join("\n")}\n`);
}

async function bundles() {
  const entries = [
    ...(await filesIn(join(assets, "css"), ".css")),
    ...(await filesIn(join(assets, "js"), ".js")),
  ].filter((path) => !basename(path).startsWith("_"));
  if (entries.length === 0) return;
  const result = await build({
    entryPoints: entries,
    outdir: draft,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    splitting: true,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    loader: { ".svg": "file", ".woff2": "file" },
    metafile: true,
    logLevel: "warning",
  });
  for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
    if (entryPoint) manifest[basename(entryPoint)] = basename(output);
  }
}

/** Names of icons written out in pages and modules, and those listed in icons.txt. */
async function iconNames() {
  const names = new Set();
  const listed = await readFile(join(assets, "icons.txt"), "utf8").catch(missing(""));
  for (const line of listed.split("\n")) {
    const name = line.replace(/#.*/, "").trim();
    if (name) names.add(name);
  }
  const sources = [
    ...(await filesBelow(join(root, "templates"))),
    ...(await filesBelow(join(root, "hub/web"))),
  ].filter((path) => /\.(html|jinja|js|py|svg)$/.test(path));
  for (const path of sources) {
    const text = await readFile(path, "utf8");
    for (const [, name] of text.matchAll(/\bicon\(\s*["']([a-z][a-z0-9-]*)["']/g)) names.add(name);
  }
  return [...names].sort();
}

async function icons() {
  const own = await filesIn(join(assets, "icons"), ".svg");
  const paths = new Map(own.map((path) => [basename(path, ".svg"), path]));
  const unknown = [];
  for (const name of await iconNames()) {
    if (!paths.has(name)) paths.set(name, join(packages, "lucide-static/icons", `${name}.svg`));
  }
  const symbols = [];
  for (const [name, path] of [...paths].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const svg = await readFile(path, "utf8").catch(missing(""));
    const drawing = /<svg([^>]*)>(.*)<\/svg>/s.exec(svg);
    if (!drawing) {
      unknown.push(name);
      continue;
    }
    // What the drawing does not say itself is inherited from the <svg> that uses the symbol, so
    // that a page can choose the width of the stroke.
    const kept = ["viewBox", "fill", "stroke", "stroke-linecap", "stroke-linejoin"]
      .map((key) => new RegExp(`\\s${key}="([^"]*)"`).exec(drawing[1])?.[0].trim())
      .filter(Boolean)
      .join(" ");
    const body = drawing[2].replace(/\s+/g, " ").replace(/> </g, "><").trim();
    symbols.push(`<symbol id="${name}" ${kept}>${body}</symbol>`);
  }
  if (unknown.length > 0) {
    throw new Error(
      `No such icon: ${unknown.join(", ")}. Look the name up among Lucide's icons ` +
        `(${relative(root, packages)}/lucide-static/icons) or draw it in hub/web/assets/icons/.`,
    );
  }
  await put(
    "icons.svg",
    `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`,
  );
}

async function images() {
  for (const path of await filesIn(join(assets, "img"))) {
    await put(basename(path), await readFile(path));
  }
}

/** Each emoji as [emoji, English words, Persian words], its name first; of Unicode's CLDR. */
async function emoji() {
  const [english, persian] = await Promise.all(
    ["en", "fa"].map(async (language) => {
      const path = `cldr-annotations-full/annotations/${language}/annotations.json`;
      return JSON.parse(await readFile(join(packages, path), "utf8")).annotations.annotations;
    }),
  );
  const words = (entry) =>
    entry ? [...new Set([...(entry.tts ?? []), ...(entry.default ?? [])])].join("|") : "";
  const known = Object.keys(english)
    .map((sign) => [sign, [sign, `${sign}\ufe0f`].find((one) => /^\p{RGI_Emoji}$/v.test(one))])
    .filter(([, shown]) => shown)
    .map(([sign, shown]) => [shown, words(english[sign]), words(persian[sign])]);
  await put("emoji.json", `${JSON.stringify(known)}\n`);
}

async function licences() {
  const { dependencies } = JSON.parse(await readFile(join(assets, "package.json"), "utf8"));
  const parts = [];
  for (const name of Object.keys(dependencies).sort()) {
    const { version, license } = JSON.parse(
      await readFile(join(packages, name, "package.json"), "utf8"),
    );
    const file = (await filesIn(join(packages, name))).find((path) =>
      /^(licen[cs]e|ofl|copying)/i.test(basename(path)),
    );
    const text = file ? await readFile(file, "utf8") : "";
    parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  await writeFile(join(draft, "LICENSES.txt"), parts.join(`\n${"-".repeat(80)}\n\n`));
}

await rm(draft, { recursive: true, force: true });
await mkdir(draft, { recursive: true });
await fonts();
await bundles();
await widget();
await icons();
await images();
await emoji();
await licences();
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(join(draft, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
await rm(target, { recursive: true, force: true });
await rename(draft, target);
console.log(`Built ${Object.keys(sorted).length} files into ${relative(root, target)}.`);
