/** Shortcuts as text: `mod+shift+z`. */

export interface PressedKey {
  key: string;
  /** The key's place on the keyboard: `Digit1`. */
  code?: string;
  shift: boolean;
  alt: boolean;
  mod: boolean;
}

const DIGIT = /^Digit(\d)$/;
const BRACKETS: Record<string, string> = { BracketLeft: "[", BracketRight: "]" };
const LETTER = /^Key([A-Z])$/;
/** A letter such as я or ע, and no name of a key. */
const OTHER_SCRIPT = /^(?!\p{Script=Latin})\p{L}/u;

export function matchesShortcut(shortcut: string, pressed: PressedKey): boolean {
  const parts = shortcut.split("+");
  // "mod++" means the plus key.
  const key = shortcut.endsWith("+") ? "+" : (parts.at(-1) ?? "");
  if (parts.includes("mod") !== pressed.mod || pressed.alt) return false;
  const name = nameOf(pressed);
  if (parts.includes("shift")) return pressed.shift && (name === key || plainKey(pressed) === key);
  // Signs such as "?" need shift on some keyboards and not on others.
  const isSign = !/^[a-z0-9]|^\[|^\]/.test(key);
  return name === key && (isSign || !pressed.shift || key.length > 1);
}

/** The key as shortcuts write it. Keyboards of other scripts have Latin letters in the places where English ones do. */
function nameOf(pressed: PressedKey): string {
  const { key, code = "" } = pressed;
  const latin = OTHER_SCRIPT.test(key) ? (LETTER.exec(code)?.[1] ?? plainKey(pressed)) : undefined;
  return (latin ?? key).toLowerCase();
}

/** What the key gives without shift, for digits and brackets. */
function plainKey({ code = "" }: PressedKey): string | undefined {
  return DIGIT.exec(code)?.[1] ?? BRACKETS[code];
}

const SHOWN: Record<string, string> = {
  delete: "Del",
  backspace: "⌫",
  escape: "Esc",
};

/** The shortcut as people of this system know it. */
export function shownShortcut(shortcut: string, isMac: boolean): string[] {
  const parts = shortcut.endsWith("++")
    ? [...shortcut.slice(0, -2).split("+"), "+"]
    : shortcut === "+"
      ? ["+"]
      : shortcut.split("+");
  return parts.map((part) => {
    if (part === "mod") return isMac ? "⌘" : "Ctrl";
    if (part === "shift") return isMac ? "⇧" : "Shift";
    return SHOWN[part] ?? part.toUpperCase();
  });
}
