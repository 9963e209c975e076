// Inter and Vazirmatn, once somebody looks. A page whose policy refuses them (font-src) shows the
// fonts of the system.

// The joiners (U+200C, U+200D) are left to the font of the letters around them.
const LATIN =
  "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2002-200B,U+2010-2027,U+2030-205E,U+20AC,U+2122,U+2190-2193,U+2212";

let loaded = false;

export function loadFonts(base) {
  if (loaded || !("adoptedStyleSheets" in document)) return;
  loaded = true;
  const face = (family, file, more) =>
    `@font-face{font-family:"${family}";font-weight:100 900;font-display:swap;` +
    `src:url("${new URL(`font/${file}.woff2`, base).href}") format("woff2");${more}}`;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(
    face("Payam Inter", "inter", `unicode-range:${LATIN}`) +
      face("Payam Vazirmatn", "vazirmatn", "size-adjust:104%"),
  );
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
