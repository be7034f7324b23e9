/** The tables in a text between `<!-- name -->` and `<!-- /name -->`, anew. Throws where a text has no such place. */
export function written(text: string, tables: Record<string, string>): string {
  let after = text;
  for (const [name, table] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!place.test(after)) throw new Error(`there is no place for the table ${name}`);
    after = after.replace(place, (_, before: string, behind: string) => `${before}\n${table}\n\n${behind}`);
  }
  return after;
}
