/** Named reads about the database itself. Writes nothing. */

/** Names of the migrations that were applied, in order. Throws where none ever was. */
export async function readMigrations(db: D1Database): Promise<string[]> {
  const { results } = await db
    .prepare('SELECT name FROM d1_migrations ORDER BY name')
    .all<{ name: string }>();
  return results.map(({ name }) => name);
}
