import { escapeHtml } from "../../html_text.ts";
import { plainText } from "../page/plain_text.ts";

/** A part of the page. */
export interface Section {
  /** Anchor. */
  readonly id: string;
  /** Heading. */
  readonly title: string;
  /** HTML behind the heading. */
  readonly html: string;
}

/** A text from a file as HTML, cut to a length. */
export function htmlText(text: string, most = 1000): string {
  return escapeHtml(plainText(shorten(text, most)));
}

/** A text from a file, kept apart from the direction of its surroundings. */
export function bdi(text: string, most?: number): string {
  return `<bdi>${htmlText(text, most)}</bdi>`;
}

/** Sentences as a list; nothing when there are none. */
export function list(sentences: readonly string[]): string {
  return sentences.length === 0
    ? ""
    : `<ul class="plain">${sentences.map((text) => `<li>${bdi(text)}</li>`).join("")}</ul>`;
}

/** A wide table that scrolls by itself, also by keys. */
export function scroll(label: string, table: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${htmlText(label)}">` +
    `${table}</div>`;
}

/** A text cut to a length. */
export function shorten(text: string, most = 60): string {
  const chars = [...text];
  return chars.length > most ? `${chars.slice(0, most - 1).join("")}…` : text;
}
