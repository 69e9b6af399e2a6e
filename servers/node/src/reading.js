/** Reading of environment variables: every offender is noted, with its value and the rule that it breaks. */

const SHOWN = 80;

/** The environment breaks the contract. `problems` holds one line per variable: `NAME: value rule`. */
export class SettingsError extends Error {
  /** @param {readonly string[]} problems */
  constructor(problems) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** The rule that a value breaks. */
export class Rule extends Error {}

/**
 * Returns a function that reads a variable and notes in `problems` when it breaks its rule.
 *
 * @param {Readonly<Record<string, string | undefined>>} environ
 * @param {string[]} problems
 */
export function reader(environ, problems) {
  /**
   * @template T
   * @param {string} name
   * @param {string | undefined} fallback Undefined where the variable is required.
   * @param {T} harmless Returned for a value that breaks its rule.
   * @param {(value: string) => T} parse Throws the rule that the value breaks.
   * @param {string} [needed]
   */
  return (name, fallback, harmless, parse, needed = "is required") => {
    const value = environ[name] ?? fallback;
    if (value === undefined) {
      problems.push(`${name}: (not set) ${needed}`);
      return harmless;
    }
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof Rule)) throw error;
      problems.push(`${name}: ${shown(value)} ${error.message}`);
      return harmless;
    }
  };
}

/**
 * Returns the value on one line, at most 80 characters, without the credentials that a URL may carry.
 *
 * @param {string} value
 */
export function shown(value) {
  const text = value.replace(/\/\/[^/]*@/g, "//(credentials)@");
  const plain = /^[!-~]+$/.test(text) ? text : JSON.stringify(text).replace(/[^ -~]/g, escaped);
  return plain.length <= SHOWN ? plain : `${plain.slice(0, SHOWN - 3)}...`;
}

/** @param {string} character */
function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
