/** Advance widths of DejaVu Sans Condensed for the characters from space to tilde, in 1/2048 em. */
// deno-fmt-ignore
const regular = [
  585, 738, 847, 1544, 1172, 1751, 1437, 506, 719, 719, 921, 1544, 585, 665, 585, 621,
  1172, 1172, 1172, 1172, 1172, 1172, 1172, 1172, 1172, 1172, 621, 621, 1544, 1544, 1544, 978,
  1843, 1260, 1264, 1287, 1419, 1164, 1060, 1428, 1386, 543, 543, 1208, 1026, 1590, 1378, 1450,
  1111, 1450, 1280, 1170, 1125, 1349, 1260, 1822, 1262, 1125, 1262, 719, 621, 719, 1544, 921,
  921, 1129, 1170, 1013, 1170, 1134, 648, 1170, 1168, 512, 512, 1067, 512, 1795, 1168, 1127,
  1170, 1170, 757, 960, 722, 1168, 1090, 1507, 1090, 1090, 967, 1172, 621, 1172, 1544,
];

/** The same of DejaVu Sans Condensed Bold. */
// deno-fmt-ignore
const bold = [
  641, 840, 960, 1544, 1282, 1846, 1607, 564, 842, 842, 963, 1544, 700, 765, 700, 673,
  1282, 1282, 1282, 1282, 1282, 1282, 1282, 1282, 1282, 1282, 737, 737, 1544, 1544, 1544, 1069,
  1843, 1426, 1404, 1352, 1530, 1259, 1259, 1512, 1542, 685, 685, 1428, 1174, 1834, 1542, 1566,
  1350, 1566, 1419, 1327, 1257, 1496, 1426, 2033, 1421, 1334, 1336, 842, 673, 842, 1544, 921,
  921, 1243, 1319, 1092, 1319, 1250, 801, 1319, 1312, 631, 631, 1225, 631, 1920, 1312, 1266,
  1319, 1319, 909, 1097, 881, 1312, 1201, 1702, 1188, 1201, 1072, 1312, 673, 1312, 1544,
];

/** Of the signs that units and captions add; every other character counts as a wide one. */
const others: Readonly<Record<string, number>> = {
  "µ": 1172,
  "·": 585,
  "–": 921,
  "²": 738,
  "³": 738,
  "°": 921,
};

/** A text's weight. */
export type Weight = "normal" | "bold";

/**
 * Width of a line of text in the font of the figures.
 *
 * @param text The text.
 * @param size Font size in pixels.
 * @param weight Normal or bold.
 * @return Pixels.
 */
export function textWidth(text: string, size: number, weight: Weight = "normal"): number {
  const table = weight === "bold" ? bold : regular;
  let units = 0;
  for (const char of text) {
    units += table[char.charCodeAt(0) - 32] ?? others[char] ?? 1544;
  }
  return units * size / 2048;
}

/**
 * Cuts a text into lines at spaces; a word that is too long for a line is cut with an ellipsis.
 *
 * @param text The text.
 * @param size Font size in pixels.
 * @param maxWidth Pixels that a line may take.
 * @param weight Normal or bold.
 * @return The lines.
 */
export function wrapText(
  text: string,
  size: number,
  maxWidth: number,
  weight: Weight = "normal",
): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, size, weight) <= maxWidth) {
      line = longer;
    } else {
      if (line !== "") lines.push(line);
      line = cutText(word, size, maxWidth, weight);
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** A text shortened to a width, with an ellipsis where something is missing. */
export function cutText(
  text: string,
  size: number,
  maxWidth: number,
  weight: Weight = "normal",
): string {
  if (textWidth(text, size, weight) <= maxWidth) return text;
  const chars = [...text];
  while (chars.length > 0 && textWidth(chars.join("") + "…", size, weight) > maxWidth) chars.pop();
  return chars.join("") + "…";
}
