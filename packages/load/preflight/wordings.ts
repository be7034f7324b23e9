/** The words in which engines, gateways and clouds say that they do not serve what was named. */
const UNKNOWN =
  /not.{0,3}found|not.{0,3}exist|(?:could|can) ?not find|no endpoints? found|unknown|no such|not (?:a )?(?:be )?(?:available|loaded|supported|served|valid)|\binvalid model|unsupported model|no models? (?:is )?loaded|unable to access|model_not_available/i;
/** A shorter name stands in too many texts. */
const NAME_LENGTH_MIN = 3;
/** Some name the model and do not say what it is. */
export const speaksOfModel = (text: string, { model }: { model: string }): boolean =>
  (/model|deployment/i.test(text) || (model.length >= NAME_LENGTH_MIN && text.includes(model))) &&
  UNKNOWN.test(text);
const FIELDS = /_tokens|parameter:|unsupported (?:value|parameter)|unrecogni[sz]ed|extra (?:fields|inputs)/i;
/** A complaint about fields may name the model that does not take them. */
export const speaksOfFields = (text: string): boolean => FIELDS.test(text);

/** The words in which a server says that it, or its model, is another kind of endpoint. */
const OTHER_KIND =
  /does not support (?:the )?(?:chat|completions?|embeddings?|generat)|not a chat model|in (?:the )?v1\/\w+|chat template/i;
export const speaksOfKind = (text: string): boolean => OTHER_KIND.test(text);
