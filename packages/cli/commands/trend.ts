import type { TrendQuery } from "../client.ts";
import type { TrendFlags } from "../arguments/report.ts";
import { connect } from "../service.ts";
import { trendText } from "../terminal/trend.ts";

export async function run(tag: string, { figure, limit, json, ...flags }: TrendFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const wanted = figure as TrendQuery["figure"];
    const trend = await connection.client.trend({
      tag,
      ...(wanted !== undefined && { figure: wanted }),
      limit,
    });
    const columns = process.stdout.columns || 100;
    process.stdout.write(json === true ? `${JSON.stringify(trend, null, 2)}\n` : trendText(trend, columns));
    return 0;
  } finally {
    await connection.close();
  }
}
