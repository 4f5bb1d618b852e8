import config from "../../deno.json" with { type: "json" };

/** Version of Joulebook: tasks of another version are other tasks. */
export const version: string = config.version;
