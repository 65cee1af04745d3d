/** What the server takes for the name of a person or a project: told while somebody types, not after they sent it. */

/** In characters as people count them, not in the units of a JavaScript string. */
const MOST_CHARACTERS = 80;

/** Why a name will not do; null: it will. An empty field needs no telling off, so that is for the caller to see. */
export function nameProblem(text: string): string | null {
  const characters = [...text.trim()];
  if (characters.length > MOST_CHARACTERS) {
    return `A name has at most ${MOST_CHARACTERS} characters; these are ${characters.length}.`;
  }
  return /\p{Cc}/u.test(text.trim()) ? "A name is one line without tabs." : null;
}

/** Whether a name can be sent as it is. */
export function isName(text: string): boolean {
  return text.trim() !== "" && nameProblem(text) === null;
}
